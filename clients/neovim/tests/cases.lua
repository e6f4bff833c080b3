-- The cases, by name. `T` has the functions of run.lua.
local T = ...
local covers = require('cover_bridge')
local bridge = require('cover_bridge.bridge')
local marks = require('cover_bridge.marks')
local levels = vim.log.levels
local cases = {}

cases['watch the id under the cursor to its end'] = function()
  T.buffer({ 'a first line', 'cover = "success-0.9s-one", soon' }, 2, 12)
  vim.cmd('CoverWatch')
  T.mark(2, 'pending')
  T.mark(2, 'generating')
  T.mark(2, 'succeeded, 2 images')
  T.equal({ [2] = 'succeeded, 2 images' }, T.marks())
  T.equal(levels.INFO, T.message('success-0.9s-one succeeded, 2 images').level)
end

cases['a failure shows its reason'] = function()
  T.buffer({ 'fail-0.4s' })
  vim.cmd('CoverWatch')
  T.mark(1, 'failed: The cover could not be generated: the sandbox was asked for a failure')
  T.equal(levels.ERROR, T.message('fail-0.4s failed: The cover could not').level)
end

cases['several ids, a non-ASCII one, two on a line'] = function()
  T.buffer({ 'success-0.3s-käse and fail-0.3s-b', 'success-0.3s-käsebrot', 'success-0.3s-käse.' })
  vim.cmd('CoverWatch success-0.3s-käse fail-0.3s-b')
  T.message('success-0.3s-käse succeeded')
  T.message('fail-0.3s-b failed')
  T.mark(3, 'succeeded, 2 images')
  T.equal(nil, T.marks()[2])
  T.equal(1, T.marks()[1]:find('failed:', 1, true))
  T.equal(true, T.marks()[1]:find('succeeded, 2 images', 1, true) ~= nil)
end

cases['unwatch removes the text and the watch'] = function()
  T.buffer({ 'pending-a', 'pending-b' })
  vim.cmd('CoverWatch pending-a pending-b')
  T.mark(1, 'pending')
  T.mark(2, 'pending')
  vim.cmd('CoverUnwatch')
  T.mark(1, nil)
  T.equal('pending', T.marks()[2])
  T.watches({ 'pending-b' })
  vim.cmd('CoverUnwatch!')
  T.mark(2, nil)
end

cases['marks follow the text, and a buffer shown later has them'] = function()
  vim.cmd('CoverWatch pending-late')
  T.wait_for('the state', function()
    return covers.covers()['pending-late'].text == 'pending'
  end)
  T.buffer({ 'here is pending-late' })
  vim.cmd('doautocmd BufWinEnter')
  T.mark(1, 'pending')
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { 'above' })
  vim.cmd('doautocmd TextChanged')
  T.mark(2, 'pending')
  T.equal(nil, T.marks()[1])
end

cases['status'] = function()
  vim.cmd('CoverStatus success-0s')
  T.message('success-0s succeeded, 2 images')
  T.equal({}, covers.covers())
end

cases['the health of the bridge'] = function()
  vim.cmd('CoverWatch ratelimit-0.3s')
  T.equal(levels.WARN, T.message('The API asks for fewer queries').level)
  T.message('ratelimit-0.3s succeeded')
  T.equal(levels.INFO, T.message('The API answers').level)
end

cases['open with a function'] = function()
  vim.cmd('CoverOpen success-0s-x')
  T.wait_for('two images', function()
    return #T.opened == 2
  end)
  T.equal(true, T.opened[1]:find('/images/success-0s-x-1.png', 1, true) ~= nil)
  vim.cmd('CoverOpen pending')
  T.equal(levels.WARN, T.message('pending has no images yet: pending').level)
end

cases['open with a command'] = function()
  local file = vim.fn.tempname()
  T.setup({ opener = { 'sh', '-c', 'echo "$1" >>"$0"', file } })
  vim.cmd('CoverOpen success-0s-y')
  T.wait_for('two lines', function()
    return vim.fn.filereadable(file) == 1 and #vim.fn.readfile(file) == 2
  end)
end

cases['open as the system does'] = function()
  local original = vim.ui.open
  require('cover_bridge.config').options.opener = nil
  vim.ui.open = function(url)
    table.insert(T.opened, url)
    return nil, 'no handler found'
  end
  vim.cmd('CoverOpen success-0s-u')
  local seen = pcall(T.message, 'no handler found')
  vim.ui.open = original
  T.equal(true, seen)
  T.equal(2, #T.opened)
end

cases['a journal keeps the watches'] = function()
  local journal = vim.fn.tempname()
  T.setup({ journal = journal })
  vim.cmd('CoverWatch pending-j')
  T.wait_for('the state', function()
    return covers.covers()['pending-j'].state == 'pending' and covers.covers()['pending-j'].status
  end)
  covers.stop()
  covers.covers()['pending-j'] = nil
  vim.cmd('CoverStatus success-0s')
  T.wait_for('the earlier watch', function()
    return covers.covers()['pending-j'] and covers.covers()['pending-j'].watching
  end)
  covers.stop()
  vim.cmd('CoverUnwatch pending-j')
  vim.cmd('CoverStatus success-0s')
  T.watches({})
  T.equal({}, covers.covers())
end

cases['the bridge exits with code 0 when Neovim quits'] = function()
  local file = vim.fn.tempname()
  local setup = ([[lua require('cover_bridge').setup({ sandbox = true, command =
    { 'sh', '-c', '"$0" "$@"; echo "code $?" >%s', os.getenv('COVER_BRIDGE'), 'serve' } })]]):format(file)
  vim.fn.system({
    vim.v.progpath, '--headless', '-u', 'NONE', '-i', 'NONE',
    '--cmd', 'set runtimepath^=clients/neovim | runtime plugin/cover_bridge.lua',
    '-c', (setup:gsub('\n', ' ')), '-c', 'CoverWatch pending', '-c', 'sleep 300m', '-c', 'qall!',
  })
  T.wait_for('the code', function()
    return vim.fn.getfsize(file) > 0
  end)
  T.equal({ 'code 0' }, vim.fn.readfile(file))
end

cases['no message is shown when Neovim quits'] = function()
  vim.cmd('CoverWatch pending')
  local pid = bridge.pid()
  T.equal(0, vim.loop.kill(pid, 0))
  vim.cmd('doautocmd VimLeavePre')
  T.wait_for('the process is gone', function()
    return vim.loop.kill(pid, 0) ~= 0
  end)
  T.equal({}, T.messages)
end

cases['ids in a text'] = function()
  for _, case in ipairs({
    { 'abc', 0, 'abc' },
    { 'x = "abc-1.5s",', 6, 'abc-1.5s' },
    { 'See abc.', 5, 'abc' },
    { 'a  b', 1, nil },
    { '', 0, nil },
    { '(käse_7)', 3, 'käse_7' },
    { '...', 1, nil },
  }) do
    T.equal(case[3], marks.id_at(case[1], case[2]))
  end
end

cases['completion and options'] = function()
  vim.cmd('CoverWatch pending-x pending-y')
  T.equal({ 'pending-x', 'pending-y' }, covers.complete('pend'))
  T.equal({}, covers.complete('z'))
  local ok, err = pcall(covers.setup, { sandbx = true })
  T.equal(false, ok)
  T.equal(true, err:find('no option "sandbx"', 1, true) ~= nil)
  T.equal(false, pcall(covers.setup, { interval = 'often' }))
end

cases['checkhealth'] = function()
  vim.cmd('checkhealth cover_bridge')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  T.equal(true, text:find('sandbox needs no key', 1, true) ~= nil)
end

cases['the plugin uses no deprecated function of the manual'] = function()
  local manual = table.concat(vim.fn.readfile(vim.env.VIMRUNTIME .. '/doc/deprecated.txt'), '\n')
  local source = ''
  for _, file in ipairs(vim.fn.globpath('clients/neovim', '**/*.lua', false, true)) do
    source = source .. table.concat(vim.fn.readfile(file), '\n')
  end
  local names = {}
  for name in manual:gmatch('\n[^%w\n]*([%w_.]+)%(') do
    table.insert(names, name)
    T.equal({ name, nil }, { name, source:match('%f[%w_.]' .. vim.pesc(name) .. '%(') })
  end
  T.equal(true, #names > 10)
end

cases['help'] = function()
  vim.cmd('helptags clients/neovim/doc')
  vim.cmd('help :CoverWatch')
  vim.cmd('bwipeout! | call delete("clients/neovim/doc/tags")')
end

return cases
