-- The process: started when first needed, started again with growing delays when it dies while somebody
-- still waits for news, stopped with Neovim. It speaks newline-delimited JSON over a plain job, which has
-- been the same from Neovim 0.7 on; vim.lsp.rpc has not, and it hides the answers to cancelled requests.
local config = require('cover_bridge.config')
local text = require('cover_bridge.text')
local uv = vim.uv or vim.loop

local M = {}

-- What init.lua wants to hear of.
M.handlers = {
  notification = function(_method, _params) end,
  started = function(_hello) end,
  -- The bridge could not take a message, and cannot tell which request that was: none of them gets this error.
  refused = function(_err) end,
  -- It is a new process, which knows of no watches but those in its journal.
  restarted = function() end,
  -- The bridge is gone. `delay` is the time to its next start in seconds; nil if there will be none.
  lost = function(_reason, _delay) end,
  -- Whether it is worth starting again.
  wanted = function()
    return false
  end,
}

local STEADY = 30000 -- milliseconds after which an end counts as the first one again

local session = nil
local attempts = 0

-- Calls a function that is not the bridge's own; what fails in there is no reason to lose what follows.
local function call(callback, ...)
  local ok, err = pcall(callback, ...)
  if not ok then
    vim.schedule(function()
      vim.api.nvim_err_writeln('cover-bridge: ' .. tostring(err))
    end)
  end
end

local function fail_all(ended, message)
  local pending, turns = ended.pending, ended.turns
  ended.pending, ended.turns = {}, {}
  local err = { message = message, data = { kind = 'bridgeEnded' } }
  local ids = vim.tbl_keys(pending)
  table.sort(ids)
  for _, id in ipairs(ids) do
    call(pending[id], err)
  end
  -- The first has been sent, and was among the others.
  for index = 2, #turns do
    call(turns[index].callback, err)
  end
end

local function receive(current, line)
  -- One that was told to stop may still have something to say.
  if line == '' or current.stopping then
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

-- jobstart() hands over pieces of lines: the first goes on where the last one ended.
local function on_stdout(current, pieces)
  current.partial = current.partial .. pieces[1]
  for index = 2, #pieces do
    local line = current.partial
    current.partial = pieces[index]
    receive(current, line)
  end
end

local function restart_later(reason)
  local delay = M.handlers.wanted() and config.options.restart_delays[attempts + 1] or nil
  attempts = delay and attempts + 1 or 0
  M.handlers.lost(reason, delay)
  if delay then
    vim.defer_fn(function()
      if not M.handlers.wanted() then
        return
      end
      local ok, err = M.start()
      if ok then
        M.handlers.restarted()
      else
        restart_later(err)
      end
    end, delay * 1000)
  end
end

local function on_exit(current, code)
  if session == current then
    session = nil
  end
  local reason = ('the bridge ended with code %d%s'):format(code, current.last_words)
  if current.stopping then
    return
  end
  if uv.now() - current.started_at > STEADY then
    attempts = 0
  end
  fail_all(current, reason)
  restart_later(reason)
end

-- Starts the bridge if it does not run. Returns true, or false and why not.
function M.start()
  if session then
    return true
  end
  local line = config.command_line()
  local current = { pending = {}, turns = {}, next_id = 0, partial = '', last_words = '', started_at = uv.now() }
  local ok, job = pcall(vim.fn.jobstart, line, {
    -- One that is gone by now would let the start fail.
    cwd = vim.fn.isdirectory(config.folder) == 1 and config.folder or nil,
    on_stdout = function(_, pieces)
      on_stdout(current, pieces)
    end,
    on_stderr = function(_, pieces)
      for _, text in ipairs(pieces) do
        if vim.trim(text) ~= '' then
          current.last_words = ': ' .. vim.trim(text)
        end
      end
    end,
    on_exit = function(_, code)
      on_exit(current, code)
    end,
  })
  if not ok or job <= 0 then
    return false, ('cannot start "%s": install cover-bridge, or name it in setup({ command = … })'):format(line[1])
  end
  current.job = job
  session = current
  M.request('initialize', {
    clientInfo = { name = 'cover-bridge.nvim' },
    processId = vim.fn.getpid(),
  }, function(err, hello)
    if not err then
      M.handlers.started(hello)
    end
  end)
  return true
end

local function send(message)
  message.jsonrpc = '2.0'
  local frame = vim.json.encode(message)
  if not text.is_utf8(frame) then
    return false
  end
  -- The job may be gone before on_exit has said so; on_exit then answers what is pending.
  pcall(vim.fn.chansend, session.job, frame .. '\n')
  return true
end

-- callback(err, result) is called once: err is a JSON-RPC error object, or one of the same shape.
-- Returns the request's id, as `$/cancelRequest` takes it.
function M.request(method, params, callback)
  local ok, reason = M.start()
  if not ok then
    return callback({ message = reason, data = { kind = 'notStarted' } })
  end
  session.next_id = session.next_id + 1
  session.pending[session.next_id] = callback
  local current, id = session, session.next_id
  if not send({ id = id, method = method, params = params }) then
    -- The bridge could not read it, nor say whose it was.
    vim.schedule(function()
      local message = 'a string of ' .. method .. ' is not valid UTF-8'
      receive(current, vim.json.encode({
        id = id,
        error = { code = -32602, message = message, data = { kind = 'invalidParams' } },
      }))
    end)
  end
  return id
end

local function take_turn(current)
  local turn = current.turns[1]
  if not turn or current ~= session then
    return
  end
  M.request(turn.method, turn.params, function(err, result)
    table.remove(current.turns, 1)
    call(turn.callback, err, result)
    take_turn(current)
  end)
end

-- As request(), but only once the one before is answered: answers may come in any order, so that one to a
-- cover/unwatch could be taken for newer than the cover/watch that was sent after it.
function M.request_in_turn(method, params, callback)
  local ok, reason = M.start()
  if not ok then
    return callback({ message = reason, data = { kind = 'notStarted' } })
  end
  table.insert(session.turns, { method = method, params = params, callback = callback })
  if #session.turns == 1 then
    take_turn(session)
  end
end

function M.notify(method, params)
  if session then
    send({ method = method, params = params })
  end
end

-- Whether all that was asked is answered.
function M.idle()
  return session == nil or vim.tbl_isempty(session.pending)
end

function M.running()
  return session ~= nil
end

function M.pid()
  return session and vim.fn.jobpid(session.job)
end

-- Ends the bridge and waits a moment for it: Neovim would else kill it in the middle of a write.
function M.stop()
  local current = session
  attempts = 0
  if not current then
    return
  end
  current.stopping = true
  current.pending, current.turns = {}, {} -- Nobody wants to read, on the way out, that this or that was not answered.
  M.request('shutdown', nil, function() end)
  M.notify('exit')
  session = nil
  if vim.fn.jobwait({ current.job }, 1000)[1] == -1 then
    vim.fn.jobstop(current.job)
  end
end

return M
