-- Neovim's own vim.lsp.rpc drives the bridge.
-- Run as: nvim --headless -u NONE -c 'luafile generic.lua', with COVER_BRIDGE naming the binary.

local passed = 0
local states = {}
local received = {}
local exit_code

-- Every answer by its id, unchanged: vim.lsp.rpc decodes with this function.
local decode = vim.json.decode
vim.json.decode = function(...)
  local message = decode(...)
  if type(message) == 'table' and message.id and not message.method then
    received[message.id] = message
  end
  return message
end

-- A newer Neovim reports deprecated functions here.
local deprecated = {}
vim.deprecate = function(name)
  table.insert(deprecated, name)
end

local function leave(code, text)
  io.stdout:write(text .. '\n')
  vim.cmd(code == 0 and 'qall!' or 'cquit')
end

local limit = vim.loop.new_timer()
limit:start(60000, 0, function()
  io.stdout:write('no end after 60 seconds\n')
  os.exit(1)
end)

local function expect(what, condition)
  if condition then
    passed = passed + 1
  else
    error('not true: ' .. what)
  end
end

local program, arguments = os.getenv('COVER_BRIDGE'), { 'serve', '--sandbox', '--stdio' }
local dispatchers = {
  notification = function(method, params)
    if method == 'cover/statusChanged' then
      table.insert(states, params.status.state)
    end
  end,
  on_exit = function(code)
    exit_code = code
  end,
}
local rpc
if vim.fn.has('nvim-0.10') == 1 then
  rpc = vim.lsp.rpc.start(vim.list_extend({ program }, arguments), dispatchers)
else
  rpc = vim.lsp.rpc.start(program, arguments, dispatchers)
end

local function wait_for(what, condition, milliseconds)
  expect(what, vim.wait(milliseconds or 60000, condition, 20))
end

local function request(method, params)
  local answer
  local _, id = rpc.request(method, params, function(failure, result)
    answer = { failure = failure, result = result }
  end)
  return id, function(milliseconds)
    wait_for('an answer to ' .. method, function()
      return answer ~= nil
    end, milliseconds)
    return answer.failure, answer.result
  end
end

local function call(method, params)
  local _, await = request(method, params)
  return await()
end

local function run()
  local _, bridge = call('initialize', { clientInfo = { name = 'Neovim' }, processId = vim.fn.getpid() })
  expect('initialize', bridge.serverInfo.name == 'cover-bridge')
  rpc.notify('initialized', vim.empty_dict())
  local _, pong = call('ping', vim.empty_dict())
  expect('ping', pong ~= nil)
  local _, status = call('cover/status', { taskId = 'success-0s-ä' })
  expect('status', status.state == 'succeeded' and status.taskId == 'success-0s-ä')
  local failure = call('cover/status', { taskId = '' })
  expect('an error is an error', failure.code == -32602 and failure.data.parameter == 'taskId')

  call('cover/watch', { taskIds = { 'success-4s' }, interval = 0.2 })
  wait_for('a final change', function()
    return states[#states] == 'succeeded'
  end)
  expect('each state once', table.concat(states, ' ') == 'pending generating succeeded')

  local id = request('cover/wait', { taskId = 'pending' })
  rpc.notify('$/cancelRequest', { id = id })
  -- Neovim 0.7 does not pass the answer to a cancelled request to the callback, so the wire is checked.
  wait_for('a cancelled request', function()
    return received[id] ~= nil
  end)
  expect('the code of a cancellation', received[id].error and received[id].error.code == -32800)
  -- The answer to a cancelled request comes at once; the watch that it waited for is removed a moment later.
  local waiters
  for _ = 1, 1000 do
    local _, stats = call('bridge/stats', vim.empty_dict())
    waiters = stats.watch.waiters
    if waiters == 0 then
      break
    end
    vim.wait(20)
  end
  expect('no caller waits', waiters == 0)

  call('shutdown', vim.empty_dict())
  rpc.notify('exit', vim.empty_dict())
  wait_for('the exit', function()
    return exit_code ~= nil
  end)
  expect('exit', exit_code == 0)
  expect('no deprecated call: ' .. table.concat(deprecated, ', '), #deprecated == 0)
end

local ok, failure = pcall(run)
if ok then
  leave(0, 'neovim, its own client: ' .. passed .. ' passed, 0 failed')
else
  leave(1, tostring(failure))
end
