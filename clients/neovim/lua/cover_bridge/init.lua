-- What the commands do, and all that is known of the covers.
local bridge = require('cover_bridge.bridge')
local config = require('cover_bridge.config')
local marks = require('cover_bridge.marks')
local open_url = require('cover_bridge.opener')

local M = {}

-- By id: { state, text (for the virtual text), status (the last CoverStatus), watching (no end yet) }.
local covers = {}
-- Ids whose unwatch is not answered yet: what is still said of them is old news.
local leaving = {}

local function say(message, level)
  vim.notify('cover-bridge: ' .. message, level or vim.log.levels.INFO, { title = 'Cover Bridge' })
end

local function error_text(err)
  local kind = type(err.data) == 'table' and err.data.kind
  return kind and ('%s (%s)'):format(err.message, kind) or err.message
end

local function state_text(status)
  if status.state == 'succeeded' then
    return ('succeeded, %d image%s'):format(#status.images, #status.images == 1 and '' or 's')
  elseif status.failure then
    return ('%s: %s'):format(status.state, status.failure.message)
  end
  return status.state
end

local function refresh()
  marks.refresh(covers)
end

local function show(id, state, text, watching)
  covers[id] = vim.tbl_extend('force', covers[id] or {}, { state = state, text = text, watching = watching })
  refresh()
end

local function show_status(id, status, watching)
  show(id, status.state, state_text(status), watching)
  covers[id].status = status
end

-- How a cover stands that the bridge followed already, unless a later word has come. A final status follows as a change.
local function take_in(watch)
  local cover, last = covers[watch.taskId], watch.last
  local known = cover and cover.status and cover.status.checkedAt or ''
  if last and not last.final and cover and cover.watching and known < last.checkedAt then
    show_status(watch.taskId, last, true)
  end
end

local on = {}

on['cover/statusChanged'] = function(change)
  local status = change.status
  show_status(change.taskId, status, not change.final)
  if change.final then
    local level = status.state == 'failed' and vim.log.levels.ERROR or vim.log.levels.INFO
    say(change.taskId .. ' ' .. state_text(status), level)
  end
end

on['cover/watchEnded'] = function(ended)
  local why = ended.error and error_text(ended.error) or ended.reason
  show(ended.taskId, 'failed', 'no longer followed: ' .. ended.reason, false)
  say(('%s is no longer followed: %s'):format(ended.taskId, why), vim.log.levels.ERROR)
end

on['bridge/healthChanged'] = function(health)
  say(health.message, health.state == 'ok' and vim.log.levels.INFO or vim.log.levels.WARN)
end

bridge.handlers.notification = function(method, params)
  if on[method] and not leaving[params.taskId] then
    on[method](params)
  end
end

bridge.handlers.refused = function(err)
  say('the bridge refused a message: ' .. error_text(err), vim.log.levels.ERROR)
end

local function watched()
  local ids = {}
  for id, cover in pairs(covers) do
    if cover.watching then
      table.insert(ids, id)
    end
  end
  table.sort(ids)
  return ids
end

-- The most ids that one request takes.
local MOST = 1000

-- `before` has what was known of these covers, by id: a request that is refused changes nothing.
local function request_watch(ids, before)
  if #ids > MOST then
    request_watch(vim.list_slice(ids, MOST + 1), before)
    ids = vim.list_slice(ids, 1, MOST)
  end
  bridge.request_in_turn('cover/watch', { taskIds = ids, interval = config.options.interval }, function(err, result)
    local kind = err and err.data and err.data.kind
    if not err then
      return vim.tbl_map(take_in, result.watches)
    end
    -- A bridge that died is spoken of in `lost`, and its watches are asked for again.
    if kind == 'bridgeEnded' then
      return
    end
    -- One bad id is enough; alone, each gets the answer that it deserves.
    if kind == 'invalidParams' and #ids > 1 then
      for _, id in ipairs(ids) do
        request_watch({ id }, before)
      end
      return
    end
    for _, id in ipairs(ids) do
      covers[id] = before[id]
    end
    refresh()
    say(('cannot follow %s: %s'):format(table.concat(ids, ', '), error_text(err)), vim.log.levels.ERROR)
  end)
end

local function give_up()
  for _, id in ipairs(watched()) do
    show(id, 'failed', 'no longer followed: the bridge ended', false)
  end
end

bridge.handlers.wanted = function()
  return #watched() > 0
end

bridge.handlers.lost = function(reason, delay)
  if delay then
    say(('%s; starting it again in %g s'):format(reason, delay), vim.log.levels.WARN)
    return
  end
  give_up()
  say(reason .. '; :CoverWatch starts it again', vim.log.levels.ERROR)
end

bridge.handlers.restarted = function()
  request_watch(watched(), {})
end

bridge.handlers.started = function(hello)
  if not hello.journal.persistent then
    return
  end
  bridge.request('cover/watches', nil, function(err, result)
    for _, watch in ipairs(err and {} or result.watches) do
      if not covers[watch.taskId] then
        show(watch.taskId, 'pending', 'asked for', true)
      end
      take_in(watch)
    end
  end)
end

-- The ids that a command was given, else the one under the cursor.
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
  local ids = ids_of(arguments)
  if #ids == 0 then
    return
  end
  local before = {}
  for _, id in ipairs(ids) do
    leaving[id] = nil
    before[id] = vim.deepcopy(covers[id])
    -- Of one that is followed already the bridge tells nothing before it changes.
    if not (covers[id] and covers[id].watching) then
      show(id, 'pending', 'asked for', true)
    end
  end
  request_watch(ids, before)
end

function M.unwatch(arguments, all)
  local ids = all and vim.tbl_keys(covers) or ids_of(arguments)
  for _, id in ipairs(ids) do
    covers[id] = nil
    leaving[id] = true
  end
  refresh()
  if #ids == 0 or not bridge.running() then
    leaving = {}
    return
  end
  bridge.request_in_turn('cover/unwatch', { taskIds = ids }, function(err)
    for _, id in ipairs(ids) do
      leaving[id] = nil
    end
    if err then
      say(error_text(err), vim.log.levels.ERROR)
    end
  end)
end

-- Asks the API now; `done`, for scripts, gets the CoverStatus.
local function ask(id, done)
  bridge.request('cover/status', { taskId = id }, function(err, status)
    if err then
      return say(('%s: %s'):format(id, error_text(err)), vim.log.levels.ERROR)
    end
    if covers[id] then
      covers[id].status = status
    end
    done(status)
  end)
end

function M.status(arguments)
  for _, id in ipairs(ids_of(arguments)) do
    ask(id, function(status)
      say(id .. ' ' .. state_text(status))
    end)
  end
end

function M.open(arguments)
  for _, id in ipairs(ids_of(arguments)) do
    local function open(status)
      if #status.images == 0 then
        return say(('%s has no images yet: %s'):format(id, state_text(status)), vim.log.levels.WARN)
      end
      for _, url in ipairs(status.images) do
        local err = open_url(url)
        if err then
          say(err, vim.log.levels.ERROR)
        end
      end
    end
    local known_status = covers[id] and covers[id].status
    if known_status and known_status.final then
      open(known_status)
    else
      ask(id, open)
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

-- The covers that are shown, by id, for statuslines and scripts.
function M.covers()
  return vim.deepcopy(covers)
end

-- See :help cover-bridge-setup. What concerns the process counts from its next start on.
function M.setup(options)
  config.set(options)
end

-- Ends the bridge. The next command starts it again.
function M.stop()
  give_up()
  leaving = {}
  bridge.stop()
end

marks.define_highlights()

-- Loaded anew, as by `:Lazy reload`: the bridge of before ends, and nothing of it is left.
vim.cmd('augroup cover_bridge | augroup END')
vim.api.nvim_exec_autocmds('User', { group = 'cover_bridge', pattern = 'CoverBridgeReplaced' })
local group = vim.api.nvim_create_augroup('cover_bridge', { clear = true })
for events, callback in pairs({
  ['BufWinEnter,TextChanged,InsertLeave'] = refresh,
  ColorScheme = marks.define_highlights,
  VimLeavePre = M.stop,
}) do
  vim.api.nvim_create_autocmd(vim.split(events, ','), { group = group, callback = callback })
end
vim.api.nvim_create_autocmd('User', { group = group, pattern = 'CoverBridgeReplaced', callback = M.stop })

return M
