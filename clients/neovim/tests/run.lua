-- Runs the plugin with the real bridge (COVER_BRIDGE) in a headless Neovim; see Tests/scripts/test-editor. Prints "N
-- passed, N failed". A case is a function in another file of this folder. Each case starts with a new bridge. g:only is
-- a pattern of the names to run. g:except is a list of patterns of the names to skip.

vim.cmd('runtime plugin/cover_bridge.lua')

local T = { messages = {}, opened = {} }
local PATIENCE = 30000 -- milliseconds

-- Neovim's own messages would mix with the results.
vim.notify = function(message, level)
  table.insert(T.messages, { text = message, level = level })
end

-- Newer versions of Neovim report deprecated functions here.
T.deprecated = {}
vim.deprecate = function(name)
  table.insert(T.deprecated, name)
end

function T.wait_for(what, condition)
  local value
  local found = vim.wait(T.patience, function()
    value = condition()
    return value
  end, 10)
  if not found then
    error(('never: %s\nmessages: %s\nscreen: %s'):format(what, vim.inspect(T.messages), vim.inspect(T.marks())), 2)
  end
  return value
end

function T.equal(wanted, seen)
  if not vim.deep_equal(wanted, seen) then
    error(('wanted %s, seen %s'):format(vim.inspect(wanted), vim.inspect(seen)), 2)
  end
end

-- Waits for the first message that contains `text`, and returns it.
function T.message(text)
  return T.wait_for('a message with ' .. text, function()
    for _, message in ipairs(T.messages) do
      if message.text:find(text, 1, true) then
        return message
      end
    end
  end)
end

-- The virtual text of the current buffer, by line number.
function T.marks()
  local found = {}
  local namespace = require('cover_bridge.marks').namespace
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
    local text = ''
    for _, chunk in ipairs(mark[4].virt_text) do
      text = text .. chunk[1]
    end
    found[mark[2] + 1] = vim.trim(text)
  end
  return found
end

function T.mark(line, text)
  T.wait_for(('line %d says "%s"'):format(line, text or 'nothing'), function()
    return T.marks()[line] == text
  end)
end

-- Waits until the bridge watches exactly these ids. One answer is not enough: it may be older than the last change.
function T.watches(ids)
  local bridge = require('cover_bridge.bridge')
  local asked, seen = false, nil
  T.wait_for('the bridge watches ' .. table.concat(ids, ', '), function()
    if not asked then
      asked = true
      bridge.request('cover/watches', nil, function(_, result)
        asked = false
        seen = vim.tbl_map(function(watch)
          return watch.taskId
        end, result and result.watches or {})
      end)
    end
    return vim.deep_equal(ids, seen)
  end)
end

function T.setup(options)
  require('cover_bridge').setup(vim.tbl_extend('force', {
    command = { os.getenv('COVER_BRIDGE'), 'serve' },
    sandbox = true,
    interval = 0.1,
    restart_delays = { 0.1, 0.1, 0.1 },
    opener = function(url)
      table.insert(T.opened, url)
    end,
  }, options or {}))
end

function T.buffer(lines, row, column)
  vim.cmd('enew!')
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
  vim.api.nvim_win_set_cursor(0, { row or 1, column or 0 })
end

local folder = debug.getinfo(1, 'S').source:sub(2):match('^(.*)/')
local cases = vim.tbl_extend(
  'error',
  assert(loadfile(folder .. '/cases.lua'))(T),
  assert(loadfile(folder .. '/faults.lua'))(T),
  assert(loadfile(folder .. '/surroundings.lua'))(T),
  assert(loadfile(folder .. '/errors.lua'))(T),
  assert(loadfile(folder .. '/conformance.lua'))(T)
)
local names = vim.tbl_filter(function(name)
  local excepted = vim.tbl_filter(function(pattern)
    return name:find(pattern) ~= nil
  end, vim.g.except or {})
  return #excepted == 0 and name:find(vim.g.only or '') ~= nil
end, vim.tbl_keys(cases))
table.sort(names)

local passed, failed = 0, 0
for _, name in ipairs(names) do
  T.messages, T.opened, T.deprecated, T.patience = {}, {}, {}, PATIENCE
  T.setup()
  T.buffer({ '' })
  local ok, err = xpcall(cases[name], debug.traceback)
  if ok then
    ok, err = pcall(T.equal, {}, T.deprecated)
  end
  require('cover_bridge').unwatch({}, true)
  require('cover_bridge').stop()
  vim.wait(PATIENCE, function()
    return vim.tbl_isempty(require('cover_bridge').covers())
  end, 10)
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
    io.stdout:write(('FAILED %s: %s\n'):format(name, err))
  end
end
io.stdout:write(('neovim, the plugin: %d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and passed > 0 and 'qall!' or 'cquit 1')
