-- The process of the bridge. It starts when it is first needed, and ends with Neovim. If it dies while covers are
-- watched, it starts again. This module writes and reads lines of JSON through a plain job, because jobs have not
-- changed since Neovim 0.7. vim.lsp.rpc has changed, and it hides the answers to cancelled requests.
local config = require('cover_bridge.config')
local restarts = require('cover_bridge.restarts')
local text = require('cover_bridge.text')
local uv = vim.uv or vim.loop

local M = {}

-- Set by init.lua:
--   notification(method, params), started(answer to initialize);
--   restarted(): a new process runs, whose only watches are those of its journal;
--   refused(error): the bridge refused a message and cannot name its request, so no callback gets the error;
--   lost(reason, delay): the bridge died; `delay` is the time to the next start in seconds, nil for no start;
--   wanted(): whether a restart is useful.
M.handlers = {}

local session = nil
-- The id of the last request. The ids rise over all processes.
local last_id = 0
local policy = restarts.new()

-- Calls a function outside of this module. An error in that function does not affect later events.
local function call(callback, ...)
  local ok, err = pcall(callback, ...)
  if not ok then
    vim.schedule_wrap(vim.notify)('cover-bridge: ' .. tostring(err), vim.log.levels.ERROR)
  end
end

local function fail_all(ended, kind, message)
  local ids, pending = vim.tbl_keys(ended.pending), ended.pending
  ended.pending = {}
  table.sort(ids)
  for _, id in ipairs(ids) do
    call(pending[id], { message = message, data = { kind = kind } })
  end
end

local function receive(current, line)
  -- A bridge may still write after it was stopped.
  if line == '' or current ~= session then
    return
  end
  local ok, message = pcall(vim.json.decode, line, { luanil = { object = true, array = true } })
  if not ok or type(message) ~= 'table' then
    vim.notify('cover-bridge: not JSON on its stdout: ' .. line:sub(1, 80), vim.log.levels.WARN)
  elseif message.method then
    call(M.handlers.notification, message.method, message.params or {})
  elseif message.error and not message.id then
    call(M.handlers.refused, message.error)
  elseif message.id and current.pending[message.id] then
    local callback = current.pending[message.id]
    current.pending[message.id] = nil
    call(callback, message.error, message.result)
  end
end

-- jobstart() passes parts of lines. The first part continues the last part of the previous call. A single empty part
-- means the end of the output. A process without output is useless, so it is ended. If it exits by itself, it has a
-- second for that.
local function on_stdout(current, pieces)
  if #pieces == 1 and pieces[1] == '' then
    vim.defer_fn(function()
      pcall(vim.fn.jobstop, current.job)
    end, 1000)
  end
  pieces[1] = current.partial .. pieces[1]
  current.partial = table.remove(pieces)
  for _, line in ipairs(pieces) do
    receive(current, line)
  end
end

local function restart_later(reason, lived)
  local delay = M.handlers.wanted() and restarts.pause(policy, lived, config.options.restart_delays) or nil
  M.handlers.lost(reason, delay)
  if not delay then
    policy = restarts.new()
    return
  end
  vim.defer_fn(function()
    local failure = M.handlers.wanted() and M.start()
    if failure then
      restart_later(failure)
    elseif M.handlers.wanted() then
      M.handlers.restarted()
    end
  end, delay * 1000)
end

-- Starts the bridge, unless it runs. Returns nil, or the reason why it cannot start.
function M.start()
  if session then
    return
  end
  local line, current = config.command_line(), { pending = {}, partial = '', stderr = '' }
  local secrets = { vim.env.KIE_API_KEY, vim.env.KIE_WEBHOOK_KEY, (vim.env.COVER_BRIDGE_FLEET or ''):match('://[^:@]*:(.+)@') }
  local ok, job = pcall(vim.fn.jobstart, line, {
    -- If the directory was deleted, a start in it would fail.
    cwd = vim.fn.isdirectory(config.folder) == 1 and config.folder or nil,
    on_stdout = function(_, pieces)
      on_stdout(current, pieces)
    end,
    on_stderr = function(_, pieces)
      -- Only the last line is shown.
      current.stderr = (current.stderr .. table.concat(pieces, '\n')):sub(-8192)
    end,
    on_exit = function(_, code)
      if current == session then
        session = nil
        local words = text.masked(vim.trim(current.stderr):match('[^\n]*$'), secrets)
        -- A bridge that cannot start writes its name and the reason. A signal has a code above 128.
        local is_bridge = current.ready_at or policy.pauses > 0 or code > 128 or current.stderr:find('cover-bridge: ', 1, true)
        local doubt = is_bridge and '' or (' (%s has answered nothing: is it really cover-bridge?)'):format(line[1])
        local reason = ('the bridge ended with code %d%s%s'):format(code, words ~= '' and ': ' .. words or '', doubt)
        fail_all(current, 'bridgeDied', reason)
        restart_later(reason, current.ready_at and (uv.now() - current.ready_at) / 1000)
      end
    end,
  })
  if not ok or job <= 0 then
    return ('cannot start "%s": install cover-bridge, or name it in setup({ command = … })'):format(line[1])
  end
  session, current.job, current.pid = current, job, vim.fn.jobpid(job)
  M.request('initialize', { clientInfo = { name = 'cover-bridge.nvim' }, processId = vim.fn.getpid() }, function(err, hello)
    if not err then
      current.ready_at = uv.now()
      M.handlers.started(hello)
    end
  end)
end

local function send(message)
  message.jsonrpc = '2.0'
  local encoded, frame = pcall(vim.json.encode, message)
  if not encoded or not text.is_utf8(frame) then
    return false
  end
  -- The job may end before Neovim calls on_exit, which then answers the open requests.
  pcall(vim.fn.chansend, session.job, frame .. '\n')
  return true
end

-- Sends a request. callback(err, result) is called once. `err` is a JSON-RPC error object, or a table of the same form.
-- Returns the id of the request, for `$/cancelRequest`.
function M.request(method, params, callback)
  local failure = M.start()
  if failure then
    return callback({ message = failure, data = { kind = 'notStarted' } })
  end
  local id = last_id + 1
  last_id, session.pending[id] = id, callback
  if not send({ id = id, method = method, params = params }) then
    -- The bridge cannot read such a message, and could not name its request. So it is refused here.
    session.pending[id] = nil
    local message = ('a parameter of %s is no JSON, or not valid UTF-8'):format(method)
    vim.schedule(function()
      call(callback, { code = -32602, message = message, data = { kind = 'invalidParams' } })
    end)
  end
  return id
end

function M.notify(method, params)
  if session then
    send({ method = method, params = params })
  end
end

-- The number of the bridge's process, or nil.
function M.pid()
  return session and session.pid
end

-- Ends the bridge, and waits a moment for its end. Otherwise Neovim would kill it in the middle of a write.
function M.stop()
  policy = restarts.new()
  local ended = session
  if not ended then
    return
  end
  fail_all(ended, 'bridgeClosed', 'the bridge was stopped')
  M.request('shutdown', nil, function() end)
  M.notify('exit')
  session = nil
  vim.fn.jobwait({ ended.job }, 1000)
  pcall(vim.fn.jobstop, ended.job)
end

return M
