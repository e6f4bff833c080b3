-- Faults, and what they must not affect. These are cases like those of cases.lua.
local T = ...
local covers = require('cover_bridge')
local bridge = require('cover_bridge.bridge')
local config = require('cover_bridge.config')
local restarts = require('cover_bridge.restarts')
local levels = vim.log.levels
local cases = {}

cases['a watch that ends without a final status shows the reason'] = function()
  T.buffer({ 'unauthorized' })
  vim.cmd('CoverWatch')
  T.equal(levels.ERROR, T.message('unauthorized is no longer watched: ').level)
  T.message('(unauthorized)')
  T.mark(1, 'no longer watched: unauthorized')
end

cases['a watch that is refused leaves no cover'] = function()
  T.setup({ interval = 0.001 })
  vim.cmd('CoverWatch pending')
  T.message('(invalidParams)')
  T.equal({}, covers.covers())
end

cases['one bad id does not prevent the watches of others'] = function()
  local bad = ('x'):rep(257)
  vim.cmd('CoverWatch pending-a ' .. bad .. ' pending-b')
  T.equal(true, T.message('(invalidParams)').text:find('cannot watch ' .. bad .. ':', 1, true) ~= nil)
  T.watches({ 'pending-a', 'pending-b' })
  T.equal({ 'pending-a', 'pending-b' }, covers.complete(''))
  T.equal(1, #T.messages)
end

cases['one bad id does not prevent the end of other watches'] = function()
  vim.cmd('CoverWatch pending-a pending-b')
  T.watches({ 'pending-a', 'pending-b' })
  vim.cmd('CoverUnwatch pending-a ' .. ('x'):rep(257))
  T.message('cannot unwatch xxx')
  T.watches({ 'pending-b' })
  T.equal({ 'pending-b' }, covers.complete(''))
end

cases['an id that is refused twice leaves no cover'] = function()
  local bad = ('x'):rep(257)
  vim.cmd('CoverWatch ' .. bad .. ' ' .. bad)
  T.message('(invalidParams)')
  T.equal({}, covers.covers())
end

cases['a refused request does not end watches'] = function()
  T.buffer({ 'pending-a' })
  vim.cmd('CoverWatch')
  T.mark(1, 'pending')
  T.setup({ interval = 0.001 })
  vim.cmd('CoverWatch pending-a pending-b')
  T.message('cannot watch pending-a: ')
  T.message('cannot watch pending-b: ')
  T.watches({ 'pending-a' })
  T.equal({ [1] = 'pending' }, T.marks())
  T.equal({ 'pending-a' }, covers.complete(''))
end

cases['watching right after unwatching'] = function()
  for _ = 1, 50 do
    vim.cmd('CoverWatch pending-a')
    vim.cmd('CoverUnwatch pending-a')
  end
  vim.cmd('CoverWatch pending-b')
  T.watches({ 'pending-b' })
  for _ = 1, 50 do
    vim.cmd('CoverUnwatch pending-b')
    vim.cmd('CoverWatch pending-b')
  end
  T.watches({ 'pending-b' })
  T.equal({ 'pending-b' }, covers.complete(''))
end

cases['a busy Neovim loses no change'] = function()
  T.setup({ command = { os.getenv('COVER_BRIDGE'), 'serve', '--rate', '1000' } })
  local ids = {}
  for number = 1, 200 do
    table.insert(ids, 'success-0.4s-' .. number)
  end
  covers.watch(ids)
  vim.loop.sleep(1500)
  for _, id in ipairs(ids) do
    T.message(id .. ' succeeded')
  end
  T.equal(200, #T.messages)
end

cases['a wait that reaches its timeout'] = function()
  local answer
  bridge.request('cover/wait', { taskId = 'pending', timeout = 2 }, function(err)
    answer = err
  end)
  T.wait_for('the answer', function()
    return answer
  end)
  T.equal({ 1005, 'waitTimeout', 'pending' }, { answer.code, answer.data.kind, answer.data.last.state })
end

cases['an opener that does not exist'] = function()
  T.setup({ opener = { 'no-such-viewer' } })
  vim.cmd('CoverOpen success-0s-y')
  T.equal(levels.ERROR, T.message('cannot run no-such-viewer').level)
end

cases['a bridge that is killed is restarted and continues its watches'] = function()
  T.buffer({ 'success-1.2s-k', 'pending-k' })
  vim.cmd('CoverWatch success-1.2s-k pending-k')
  T.mark(2, 'pending')
  local first = bridge.pid()
  vim.loop.kill(first, 'sigkill')
  T.equal(levels.WARN, T.message('starting it again in 0.1 s').level)
  T.message('success-1.2s-k succeeded')
  T.mark(1, 'succeeded, 2 images')
  T.equal(true, first ~= bridge.pid())
  local ends = vim.tbl_filter(function(message)
    return message.text:find('success-1.2s-k succeeded', 1, true) ~= nil
  end, T.messages)
  T.equal(1, #ends)
  T.watches({ 'pending-k' })
end

cases['a watch that a bridge refuses at its shutdown is requested again'] = function()
  local folder = vim.fn.tempname()
  local err = { code = 1007, message = 'stopping', data = { kind = 'shuttingDown' } }
  local first = { { read = 'cover/watch', hold = true }, { answer = 'cover/watch', error = err }, { die = 0 } }
  local second = { { read = 'cover/watch' }, { change = 'a', state = 'succeeded' } }
  vim.fn.mkdir(folder)
  vim.fn.writefile({ vim.json.encode({ bridges = { first, second } }) }, folder .. '/case.json')
  T.setup({ command = { 'python3', 'clients/conformance/fake_bridge.py', folder } })
  vim.cmd('CoverWatch a')
  T.message('a succeeded')
end

cases['a first start that fails is not repeated, and shows the reason'] = function()
  T.setup({ command = { 'sh', '-c', 'echo broken >&2; exit 3' } })
  T.buffer({ 'pending' })
  vim.cmd('CoverWatch')
  local last = T.message(':CoverWatch starts it again')
  T.equal(levels.ERROR, last.level)
  T.equal(true, last.text:find('ended with code 3: broken', 1, true) ~= nil)
  T.equal(1, #T.messages)
  T.mark(1, 'no longer watched: the bridge ended')
end

cases['a key that reaches stderr in two parts is not shown'] = function()
  vim.env.KIE_API_KEY = 'key-0123456789'
  T.setup({ command = { 'sh', '-c', 'printf key-01234 >&2; sleep 0.2; echo 56789 >&2; exit 3' } })
  vim.cmd('CoverWatch pending')
  vim.env.KIE_API_KEY = nil
  T.message('ended with code 3: *** (sh has answered nothing: is it really cover-bridge?);')
end

cases['a bridge that keeps dying is not restarted'] = function()
  local file = vim.fn.tempname()
  T.setup({ command = { 'sh', '-c', 'test -e ' .. file .. ' && exit 3; exec "$0" "$@"', os.getenv('COVER_BRIDGE'), 'serve' } })
  T.buffer({ 'pending' })
  vim.cmd('CoverWatch')
  T.mark(1, 'pending')
  vim.fn.writefile({}, file)
  vim.loop.kill(bridge.pid(), 'sigkill')
  T.message('ended with code 3; :CoverWatch starts it again')
  T.equal(4, #T.messages)
  T.mark(1, 'no longer watched: the bridge ended')
end

cases['no restart without watches'] = function()
  vim.cmd('CoverStatus success-0s')
  T.message('success-0s succeeded')
  vim.loop.kill(bridge.pid(), 'sigkill')
  T.wait_for('the end', function()
    return not bridge.pid()
  end)
  vim.wait(300, function()
    return bridge.pid()
  end)
  T.equal(nil, bridge.pid())
  vim.cmd('CoverStatus success-0s-again')
  T.message('success-0s-again succeeded')
end

cases['a missing program'] = function()
  T.setup({ command = 'no-such-bridge' })
  vim.cmd('CoverWatch pending')
  T.equal(levels.ERROR, T.message('cannot start "no-such-bridge"').level)
  T.equal({}, covers.covers())
end

cases['lines that arrive in parts'] = function()
  local command = '"$0" serve --sandbox | dd bs=7 2>/dev/null'
  T.setup({ command = { 'sh', '-c', command, os.getenv('COVER_BRIDGE') } })
  vim.cmd('CoverWatch success-0.3s-pieces')
  T.message('success-0.3s-pieces succeeded, 2 images')
end

cases['the restart policy of clients/conformance'] = function()
  local lists = vim.json.decode(table.concat(vim.fn.readfile('clients/conformance/restarts.json'), '\n')).lives
  covers.setup()
  for _, lives in ipairs(lists) do
    local state = restarts.new()
    for _, life in ipairs(lives) do
      local lived = life[1] ~= vim.NIL and life[1] or nil
      T.equal(life[2], restarts.pause(state, lived, config.options.restart_delays) or vim.NIL)
    end
  end
end

return cases
