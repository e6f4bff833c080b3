-- The environment of Neovim, and deaths of the bridge. These are cases like those of cases.lua.
local T = ...
local covers = require('cover_bridge')
local bridge = require('cover_bridge.bridge')
local config = require('cover_bridge.config')
local text = require('cover_bridge.text')
local cases = {}

cases['a cover that the bridge watches already shows its last status'] = function()
  T.setup({ interval = 60 })
  T.buffer({ 'pending-l' })
  -- This makes the plugin forget the cover.
  local notification = bridge.handlers.notification
  local is_called
  bridge.handlers.notification = function()
    is_called = true
  end
  bridge.request('cover/watch', { taskIds = { 'pending-l' } }, function() end)
  T.wait_for('the first change', function()
    return is_called
  end)
  bridge.handlers.notification = notification
  vim.cmd('CoverWatch')
  T.equal('requested', covers.covers()['pending-l'].text)
  T.mark(1, 'pending')
end

cases['at a death each callback is called, whatever the others do'] = function()
  local called = {}
  bridge.request('cover/wait', { taskId = 'pending' }, function()
    error('on purpose')
  end)
  for number = 1, 1000 do
    bridge.request('cover/wait', { taskId = 'pending' }, function(err)
      table.insert(called, number .. err.data.kind)
    end)
  end
  vim.loop.kill(bridge.pid(), 'sigkill')
  T.wait_for('all callbacks', function()
    return #called == 1000
  end)
  T.message('the bridge ended with code')
  T.equal(1000, #called)
end

cases['a child that keeps the pipes does not hide the death of the bridge'] = function()
  T.setup({ command = { 'sh', '-c', 'sleep 60 & exec "$0" "$@"', os.getenv('COVER_BRIDGE'), 'serve' } })
  T.buffer({ 'pending-g' })
  vim.cmd('CoverWatch')
  T.mark(1, 'pending')
  vim.loop.kill(bridge.pid(), 'sigkill')
  T.message('starting it again')
  T.watches({ 'pending-g' })
end

cases['a callback that fails does not affect later lines'] = function()
  local notify, answered = bridge.handlers.notification, nil
  bridge.handlers.notification = function()
    error('on purpose')
  end
  bridge.request('cover/watch', { taskIds = { 'pending-f' } }, function()
    error('on purpose')
  end)
  vim.wait(200)
  bridge.handlers.notification = notify
  bridge.request('ping', nil, function(err)
    answered = err == nil
  end)
  T.wait_for('the answer', function()
    return answered
  end)
end

cases['ids are bytes, and one that is not text is refused alone'] = function()
  local alike = { 'pending-K', 'pending-cafe\204\129', 'pending-caf\195\169', 'pending-\226\132\170' }
  covers.watch(vim.list_extend({ 'pending-\233' }, alike))
  T.message('cannot watch pending-\233: ')
  T.watches(alike)
  T.equal(alike, covers.complete(''))
  covers.unwatch({ alike[2] })
  T.watches({ alike[1], alike[3], alike[4] })
end

cases['well-formed UTF-8'] = function()
  for _, good in ipairs({ '', 'a', '\194\128', '\224\160\128', '\237\159\191', '\239\191\191', '\244\143\191\191' }) do
    T.equal(true, text.is_utf8(good))
  end
  for _, bad in ipairs({
    '\128', '\192\128', '\193\191', '\224\159\191', '\237\160\128', '\240\143\191\191', '\244\144\128\128', '\245', '\255',
    '\195', '\195a', '\226\130', '\226\194\128\128',
  }) do
    T.equal(false, text.is_utf8(bad))
  end
end

cases['relative paths start at the directory of the setup'] = function()
  local before, folder = vim.fn.getcwd(), vim.loop.fs_realpath(vim.fn.fnamemodify(vim.fn.tempname(), ':h'))
  vim.cmd('cd ' .. folder)
  T.setup({ command = './the-bridge', journal = 'j.db' })
  vim.loop.fs_symlink(os.getenv('COVER_BRIDGE'), folder .. '/the-bridge')
  vim.cmd('cd /')
  T.equal({ folder .. '/the-bridge', 'serve', '--sandbox', '--journal', folder .. '/j.db' }, config.command_line())
  vim.cmd('CoverWatch pending-r')
  T.watches({ 'pending-r' })
  vim.loop.kill(bridge.pid(), 'sigkill')
  T.message('starting it again')
  T.watches({ 'pending-r' })
  vim.cmd('cd ' .. before)
  T.equal(1, vim.fn.filereadable(folder .. '/j.db'))
  T.setup({ command = 'cover-bridge' })
  T.equal('cover-bridge', config.command_line()[1])
  T.equal(false, pcall(T.setup, { journal = '' }))
  for _, name in ipairs({ ':memory:', 'file:j.db' }) do
    T.setup({ journal = name })
    T.equal(name, config.command_line()[#config.command_line()])
  end
end

cases['the bridge starts in a deleted directory'] = function()
  local before, folder = vim.fn.getcwd(), vim.fn.tempname()
  vim.fn.mkdir(folder)
  vim.cmd('cd ' .. folder)
  T.setup()
  vim.cmd('cd ' .. before)
  vim.fn.delete(folder, 'd')
  vim.cmd('CoverStatus success-0s')
  T.message('success-0s succeeded')
end

cases['messages of a bridge that was stopped are ignored'] = function()
  local change = { taskId = 'late', status = { state = 'pending', images = {}, checkedAt = '' }, final = false }
  local line = vim.json.encode({ method = 'cover/statusChanged', params = change })
  local command = '"$0" "$@"; echo \'' .. line .. '\''
  T.setup({ command = { 'sh', '-c', command, os.getenv('COVER_BRIDGE'), 'serve' } })
  vim.cmd('CoverStatus success-0s')
  T.message('success-0s succeeded')
  covers.stop()
  vim.wait(300)
  T.equal({}, covers.covers())
end

cases['a reload ends the previous bridge'] = function()
  local script, file = vim.fn.tempname(), vim.fn.tempname()
  vim.fn.writefile(vim.split(([[
    local pids = {}
    for _, id in ipairs({ 'pending-a', 'pending-b' }) do
      for name in pairs(package.loaded) do
        package.loaded[name] = not name:find('^cover_bridge') and package.loaded[name] or nil
      end
      local covers = require('cover_bridge')
      covers.setup({ sandbox = true, interval = 0.1, restart_delays = { 0.1 }, command = os.getenv('COVER_BRIDGE') })
      covers.watch({ id })
      vim.wait(30000, function() return covers.covers()[id].status end)
      table.insert(pids, require('cover_bridge.bridge').pid())
    end
    vim.wait(30000, function() return vim.loop.kill(pids[1], 0) ~= 0 end)
    vim.fn.writefile(vim.tbl_map(function(pid) return tostring(vim.loop.kill(pid, 0)) end, pids), '%s')
  ]]):format(file), '\n'), script)
  local said = vim.fn.system({
    vim.v.progpath, '--headless', '-u', 'NONE', '-i', 'NONE', '--cmd', 'set runtimepath^=clients/neovim',
    '-c', 'luafile ' .. script, '-c', 'qall!',
  })
  T.equal({ '', { 'nil', '0' } }, { said, vim.fn.readfile(file) })
end

-- Starts another Neovim, in which a bridge writes its environment to a file.
local function environment_of(variables)
  local file = vim.fn.tempname()
  local setup = ([[lua require('cover_bridge').setup({ sandbox = true, command =
    { 'sh', '-c', 'env >%s; exec "$0" "$@"', os.getenv('COVER_BRIDGE'), 'serve' } })]]):format(file)
  vim.fn.system(vim.list_extend(vim.list_extend({ 'env' }, variables), {
    vim.v.progpath, '--headless', '-u', 'NONE', '-i', 'NONE',
    '--cmd', 'set runtimepath^=clients/neovim | runtime plugin/cover_bridge.lua',
    '-c', (setup:gsub('\n', ' ')), '-c', 'CoverWatch success-0s',
    '-c', "lua vim.wait(30000, function() return require('cover_bridge').covers()['success-0s'].status end)",
    '-c', 'qall!',
  }))
  return vim.fn.readfile(file)
end

cases['the network variables and all others reach the bridge'] = function()
  local variables = { 'HTTPS_PROXY=http://p:1', 'NO_PROXY=a.b', 'SSL_CERT_FILE=/ca.pem', 'SSL_CERT_DIR=/cas' }
  local seen = environment_of(variables)
  for _, variable in ipairs(variables) do
    T.equal(true, vim.tbl_contains(seen, variable))
  end
end

cases['without a home directory, and with empty variables'] = function()
  T.equal(true, #environment_of({ '-u', 'HOME', 'XDG_CONFIG_HOME=', 'XDG_STATE_HOME=', 'XDG_DATA_HOME=', 'KIE_API_KEY=' }) > 3)
  vim.env.KIE_API_KEY = ''
  T.setup({ sandbox = false })
  vim.cmd('checkhealth cover_bridge')
  local seen = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.env.KIE_API_KEY = nil
  T.equal(true, seen:find('no key: set KIE_API_KEY', 1, true) ~= nil)
end

cases['no key in the options, the health report and the messages'] = function()
  local key = 'sk-very-secret'
  vim.env.KIE_API_KEY = key
  T.setup({ sandbox = false, command = { os.getenv('COVER_BRIDGE'), 'serve', '--endpoint', 'http://127.0.0.1:1' } })
  vim.cmd('CoverStatus pending')
  T.message('pending: ')
  vim.cmd('checkhealth cover_bridge')
  local seen = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.env.KIE_API_KEY = nil
  T.equal(true, seen:find('a key is given', 1, true) ~= nil)
  seen = seen .. vim.inspect({ bridge, config, covers, T.messages, vim.api.nvim_list_chans() }) .. vim.fn.execute('messages')
  T.equal(nil, seen:find(key, 1, true))
end

return cases
