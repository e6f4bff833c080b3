-- The functions of the commands, and the state of each cover.
local bridge = require('cover_bridge.bridge')
local config = require('cover_bridge.config')
local marks = require('cover_bridge.marks')
local open_url = require('cover_bridge.opener')

local M = {}

-- By id: { state, text (the virtual text), status (the last CoverStatus), watching (true until the watch ends) }. A new
-- table replaces an old one, and no table is changed.
local covers = marks.covers
-- By id: the number of the request that unwatched the cover; 0 if no bridge ran. Answers can come in any order. So
-- messages about such an id are outdated until the bridge answers a later request that watches it.
local unwatched = {}

local function say(message, level)
  vim.notify('cover-bridge: ' .. message, level or vim.log.levels.INFO, { title = 'Cover Bridge' })
end

local function error_text(err)
  return ('%s (%s)'):format(err.message, err.data.kind)
end

local function state_text(status)
  if status.state == 'succeeded' then
    return ('succeeded, %d image%s'):format(#status.images, #status.images == 1 and '' or 's')
  elseif status.failure then
    return ('%s: %s'):format(status.state, status.failure.message)
  end
  return status.state
end

local function show(id, state, text, watching, status)
  status = status or covers[id] and covers[id].status
  covers[id] = { state = state, text = text, watching = watching, status = status }
  marks.refresh()
end

local function show_status(id, status, watching)
  show(id, status.state, state_text(status), watching, status)
end

-- Handles the list of the bridge's watches in `result`, the answer to the request `number`.
local function take_in(result, number)
  for _, watch in ipairs(result.watches) do
    local id = watch.taskId
    local is_old = (unwatched[id] or 0) > number
    unwatched[id] = is_old and unwatched[id] or nil
    if watch.last and not is_old then
      show_status(id, watch.last, true)
    elseif not is_old and not (covers[id] and covers[id].watching) then
      show(id, 'pending', 'requested', true)
    end
  end
end

bridge.handlers.refused = function(err)
  say('the bridge refused a message: ' .. error_text(err), vim.log.levels.ERROR)
end

-- Those of the ids that are watched; or those that are not.
local function only(ids, watching)
  return vim.tbl_filter(function(id)
    return (covers[id] and covers[id].watching or false) == watching
  end, ids)
end

local function refuse(ids, err, before)
  for _, id in ipairs(before and ids or {}) do
    if not (before[id] and before[id].watching) then
      covers[id] = before[id]
    end
  end
  marks.refresh()
  local text = before and 'cannot watch %s: %s' or 'cannot unwatch %s: %s'
  say(text:format(table.concat(ids, ', '), error_text(err)), vim.log.levels.ERROR)
end

-- A request may have at most this number of ids.
local MOST = 1000
local UNREADABLE = { message = 'its status cannot be read', data = { kind = 'protocolError' } }
-- The kinds of errors of a bridge that is gone or shuts down. `lost` reports the death, and the watches are requested
-- again.
local GONE = { bridgeDied = true, bridgeClosed = true, shuttingDown = true }

-- Watches or unwatches ids. With `before`, the ids are watched, and a refusal restores the covers in `before`. Without
-- `before`, the ids are unwatched.
local function ask_for(ids, before)
  for first = 1, #ids, MOST do
    local some = vim.list_slice(ids, first, first + MOST - 1)
    local params = { taskIds = some, interval = before and config.options.interval or nil }
    local number
    number = bridge.request(before and 'cover/watch' or 'cover/unwatch', params, function(err, result)
      local kind = err and err.data.kind
      if kind == 'invalidParams' and #some > 1 then
        -- The bridge refuses all ids if one of them is bad. So each id is sent alone, unless the user has changed it
        -- meanwhile.
        for _, id in ipairs(some) do
          ask_for((covers[id] ~= nil) == (before ~= nil) and { id } or {}, before)
        end
      elseif not GONE[kind] and err then
        refuse(some, err, before)
      elseif not err and before and not pcall(take_in, result, number) then
        -- The bridge has the watches.
        refuse(some, UNREADABLE, before)
        ask_for(only(some, false))
      end
    end)
    for _, id in ipairs(before and {} or some) do
      unwatched[id] = number
    end
  end
end

bridge.handlers.notification = function(method, params)
  local id, status = params.taskId, params.status
  if unwatched[id] then
    return
  elseif method == 'cover/statusChanged' and type(id) == 'string' and type(status) ~= 'table' then
    -- The unreadable change may be the last change of the task.
    show(id, 'failed', 'no longer watched: its status cannot be read', false)
    refuse({ id }, UNREADABLE, covers)
    ask_for({ id })
  elseif method == 'cover/statusChanged' then
    show_status(id, status, not params.final)
    if params.final then
      say(id .. ' ' .. state_text(status), status.state == 'failed' and vim.log.levels.ERROR or nil)
    end
  elseif method == 'cover/watchEnded' then
    local why = params.error and error_text(params.error) or params.reason
    show(id, 'failed', 'no longer watched: ' .. tostring(params.reason), false)
    say(('%s is no longer watched: %s'):format(id, why), vim.log.levels.ERROR)
  elseif method == 'bridge/healthChanged' then
    say(params.message, params.state ~= 'ok' and vim.log.levels.WARN or nil)
  end
end

local function give_up()
  for _, id in ipairs(only(vim.tbl_keys(covers), true)) do
    show(id, 'failed', 'no longer watched: the bridge ended', false)
  end
end

bridge.handlers.wanted = function()
  return #only(vim.tbl_keys(covers), true) > 0
end

bridge.handlers.lost = function(reason, delay)
  if delay then
    say(('%s; starting it again in %g s'):format(reason, delay), vim.log.levels.WARN)
  else
    give_up()
    say(reason .. '; :CoverWatch starts it again', vim.log.levels.ERROR)
  end
end

bridge.handlers.restarted = function()
  ask_for(only(vim.tbl_keys(covers), true), {})
end

bridge.handlers.started = function(hello)
  if hello.journal.persistent then
    -- The journal may have watches that were unwatched while no bridge ran.
    ask_for(only(vim.tbl_keys(unwatched), false))
    bridge.request('cover/watches', nil, function(err, result)
      take_in(err and { watches = {} } or result, 0)
    end)
  end
end

-- The ids in the arguments of a command. Without arguments, the id under the cursor.
local function ids_of(arguments)
  if arguments and #arguments > 0 then
    return arguments
  end
  local id = marks.id_at(vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)[2])
  if not id then
    say('there is no task id under the cursor', vim.log.levels.WARN)
  end
  return { id }
end

function M.watch(arguments)
  local ids, before = ids_of(arguments), vim.tbl_extend('force', {}, covers)
  for _, id in ipairs(ids) do
    -- If the cover is already watched, the bridge sends nothing before the next change.
    if not (covers[id] and covers[id].watching) then
      show(id, 'pending', 'requested', true)
    end
  end
  ask_for(ids, before)
end

function M.unwatch(arguments, all)
  local ids = all and vim.tbl_keys(covers) or ids_of(arguments)
  for _, id in ipairs(ids) do
    covers[id], unwatched[id] = nil, 0
  end
  marks.refresh()
  ask_for(bridge.pid() and ids or {})
end

-- Queries the API now. `done` is called with the id and the CoverStatus.
local function ask(id, done)
  bridge.request('cover/status', { taskId = id }, function(err, status)
    if not err then
      done(id, status)
    elseif err.data.kind ~= 'bridgeClosed' then
      say(('%s: %s'):format(id, error_text(err)), vim.log.levels.ERROR)
    end
  end)
end

function M.status(arguments)
  for _, id in ipairs(ids_of(arguments)) do
    ask(id, function(_, status)
      say(id .. ' ' .. state_text(status))
    end)
  end
end

local function open_images(id, status)
  if #status.images == 0 then
    say(('%s has no images yet: %s'):format(id, state_text(status)), vim.log.levels.WARN)
  end
  for _, url in ipairs(status.images) do
    local err = open_url(url)
    if err then
      say(err, vim.log.levels.ERROR)
    end
  end
end

function M.open(arguments)
  for _, id in ipairs(ids_of(arguments)) do
    local known = covers[id] and covers[id].status
    if known and known.final then
      open_images(id, known)
    else
      ask(id, open_images)
    end
  end
end

function M.complete(lead)
  local ids = vim.tbl_filter(function(id)
    return vim.startswith(id, lead)
  end, vim.tbl_keys(covers))
  table.sort(ids)
  return ids
end

-- The covers by id, for statuslines and scripts.
function M.covers()
  return vim.deepcopy(covers)
end

-- :help cover-bridge-setup describes the options. A change of the process's options has an effect at its next start.
M.setup = config.set

-- Ends the bridge. The next command starts a new one.
function M.stop()
  give_up()
  unwatched = {}
  bridge.stop()
end

marks.define_highlights()

-- A reload, for example by `:Lazy reload`, ends the previous bridge and removes everything of it.
local group = vim.api.nvim_create_augroup('cover_bridge', { clear = false })
vim.api.nvim_exec_autocmds('User', { group = group, pattern = 'CoverBridgeReplaced' })
vim.api.nvim_create_augroup('cover_bridge', { clear = true })
for events, callback in pairs({
  ['BufWinEnter,TextChanged,InsertLeave'] = marks.refresh,
  ColorScheme = marks.define_highlights,
  VimLeavePre = M.stop,
}) do
  vim.api.nvim_create_autocmd(vim.split(events, ','), { group = group, callback = callback })
end
vim.api.nvim_create_autocmd('User', { group = group, pattern = 'CoverBridgeReplaced', callback = M.stop })

return M
