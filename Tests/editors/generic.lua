-- Neovim's own LSP transport, vim.lsp.rpc, against the real bridge: what any editor plugin built on it
-- gets without a line of code that knows Cover Bridge. Prints "N passed, N failed".

local command = os.getenv('COVER_BRIDGE') or 'cover-bridge'
local WAIT = 10000 -- milliseconds, for any one step
local passed, failed = 0, 0

local function check(name, ok, seen)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
    io.stdout:write(('FAILED %s: %s\n'):format(name, vim.inspect(seen)))
  end
end

local notifications, exit_code, errors = {}, nil, {}
local dispatchers = {
  notification = function(method, params)
    table.insert(notifications, { method = method, params = params })
  end,
  on_error = function(code, detail)
    table.insert(errors, { code = code, detail = detail })
  end,
  on_exit = function(code)
    exit_code = code
  end,
}

-- Up to 0.9 the command and its arguments are two parameters.
local function start(arguments)
  if vim.fn.has('nvim-0.10') == 1 then
    return vim.lsp.rpc.start(vim.list_extend({ command }, arguments), dispatchers)
  end
  return vim.lsp.rpc.start(command, arguments, dispatchers)
end

local rpc = start({ 'serve', '--sandbox', '--stdio', '--clientProcessId=' .. vim.fn.getpid() })

local function call(method, params)
  local reply
  rpc.request(method, params, function(err, result)
    reply = { err = err, result = result }
  end)
  vim.wait(WAIT, function()
    return reply ~= nil
  end, 10)
  return reply or { err = 'no answer' }
end

local function run()
  local hello = call('initialize', {
    processId = vim.fn.getpid(),
    clientInfo = { name = 'vim.lsp.rpc' },
    rootUri = vim.NIL,
    capabilities = vim.empty_dict(),
  })
  check('initialize', not hello.err and hello.result.serverInfo.name == 'cover-bridge', hello)
  check('sandbox', hello.result and hello.result.sandbox == true, hello)
  rpc.notify('initialized', vim.empty_dict())

  local ping = call('ping')
  check('ping without params', not ping.err and vim.tbl_isempty(ping.result), ping)

  local status = call('cover/status', { taskId = 'success-0s-é' })
  check('cover/status', not status.err and status.result.state == 'succeeded', status)
  check('a non-ASCII id', status.result and status.result.taskId == 'success-0s-é', status)

  local missing = call('cover/status', { taskId = 'missing' })
  check('an error with its kind', missing.err and missing.err.data.kind == 'taskNotFound', missing)
  local unknown = call('textDocument/hover', {})
  check('a method it lacks', unknown.err and unknown.err.code == -32601, unknown)

  local watch = call('cover/watch', { taskIds = { 'success-0.6s-nvim' }, interval = 0.1 })
  check('cover/watch', not watch.err and #watch.result.watches == 1, watch)
  local states = {}
  vim.wait(WAIT, function()
    states = {}
    for _, note in ipairs(notifications) do
      if note.method == 'cover/statusChanged' then
        table.insert(states, note.params.status.state)
      end
    end
    return states[#states] == 'succeeded'
  end, 10)
  check('changes to the end', table.concat(states, ' ') == 'pending generating succeeded', states)

  -- vim.lsp.rpc swallows the answer to a cancelled request; that it came is told to the fourth argument.
  local answered, called_back
  local sent, id = rpc.request('cover/wait', { taskId = 'pending' }, function()
    called_back = true
  end, function(answered_id)
    answered = answered_id
  end)
  check('cover/wait is sent', sent, id)
  vim.wait(300, function()
    return answered ~= nil
  end, 10)
  check('cover/wait waits', answered == nil, answered)
  rpc.notify('$/cancelRequest', { id = id })
  vim.wait(WAIT, function()
    return answered ~= nil
  end, 10)
  check('a cancelled request is answered', answered == id, answered)
  check('with an error of -32800', not called_back, called_back)

  local bye = call('shutdown')
  check('shutdown', not bye.err and (bye.result == nil or bye.result == vim.NIL), bye)
  rpc.notify('exit')
  vim.wait(WAIT, function()
    return exit_code ~= nil
  end, 10)
  check('exit code 0', exit_code == 0, exit_code)
  check('no transport error', #errors == 0, errors)
end

local ok, err = xpcall(run, debug.traceback)
check('no Lua error', ok, err)
io.stdout:write(('neovim, vim.lsp.rpc: %d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and 'qall!' or 'cquit 1')
