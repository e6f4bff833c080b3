-- Provokes each kind of error in the real bridge. There is a case for each entry of Tests/errors/errors.json.
local T = ...
local bridge = require('cover_bridge.bridge')
local cases = {}

local function lines_of(path)
  return table.concat(vim.fn.readfile(path), '\n')
end

local function read(path)
  return vim.json.decode(lines_of(path))
end

local entries = read('Tests/errors/errors.json')
local errors = read('clients/openrpc.json').components.errors

cases['the shared list has each documented kind, once'] = function()
  local own = lines_of('clients/PROTOCOL.md'):match("JSON%-RPC's own errors use the kinds(.-)\n\n")
  local documented = vim.tbl_keys(errors)
  for kind in own:gmatch('`(%a+)`') do
    table.insert(documented, kind)
  end
  local listed = vim.tbl_map(function(entry)
    return entry.kind
  end, entries)
  table.sort(documented)
  table.sort(listed)
  T.equal(documented, listed)
end

-- Calls a method. Returns the id of the call, and a function that waits for its error and result.
local function call(method, params)
  local answer
  local id = bridge.request(method, params, function(err, result)
    answer = { err = err, result = result }
  end)
  return id, function()
    T.wait_for('an answer to ' .. method, function()
      return answer
    end)
    return answer.err, answer.result
  end
end

local function make_calls(entry, folder)
  local function send(one)
    return call(one.method, one.params and vim.tbl_map(function(value)
      return value == 'FOLDER' and folder or value
    end, one.params))
  end
  for _, one in ipairs(entry.before or {}) do
    local _, await = send(one)
    await()
  end
  for _ = 2, entry.times or 1 do
    send(entry)
  end
  local id, await = send(entry)
  if entry.cancel then
    bridge.notify('$/cancelRequest', { id = id })
  end
  -- This is the message that the user sees.
  if entry.method == 'cover/status' and entry.params then
    vim.cmd('CoverStatus ' .. entry.params.taskId)
    T.equal(vim.log.levels.ERROR, T.message('(' .. entry.kind .. ')').level)
  end
  return (await())
end

-- Sends lines that the plugin would not send to a bridge with its journal in `folder`. Returns the bridge's error.
local function send_lines(lines, folder)
  local function ping()
    local _, await = call('ping')
    T.equal(nil, (await()))
  end
  ping()
  local tell, err = bridge.handlers.refused, nil
  bridge.handlers.refused = function(it)
    err = it
    tell(it)
  end
  for _, channel in ipairs(vim.api.nvim_list_chans()) do
    if vim.tbl_contains(channel.argv or {}, folder .. '/journal.db') then
      vim.fn.chansend(channel.id, table.concat(lines, '\n') .. '\n')
    end
  end
  T.wait_for('an error', function()
    return err
  end)
  bridge.handlers.refused = tell
  ping()
  T.equal(1, #T.messages)
  T.message('(' .. err.data.kind .. ')')
  return err
end

local function provoke(entry)
  if entry.kind == 'requestTimeout' then
    T.patience = 30000 -- The bridge itself waits 10 s for the API.
  end
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder)
  local address = ''
  local api = vim.fn.jobstart({ 'python3', 'Tests/errors/api.py', folder, entry.kind }, {
    on_stdout = function(_, pieces)
      address = address .. table.concat(pieces, '\n')
    end,
  })
  T.wait_for('the API', function()
    return address:find('\n', 1, true)
  end)
  vim.env.KIE_API_KEY = entry.key ~= false and 'key' or nil
  T.setup({
    command = vim.list_extend(
      { os.getenv('COVER_BRIDGE'), 'serve', '--endpoint', vim.trim(address) },
      entry.arguments or {}
    ),
    sandbox = false,
    journal = folder .. '/journal.db',
  })
  local ok, err = pcall(entry.lines and send_lines or make_calls, entry.lines or entry, folder)
  vim.fn.jobstop(api)
  vim.env.KIE_API_KEY = nil
  if not ok then
    error(err, 0)
  end
  T.equal({ entry.kind, entry.code or errors[entry.kind].code }, { err.data.kind, err.code })
end

for _, entry in ipairs(entries) do
  cases['an error: ' .. entry.kind] = function()
    provoke(entry)
  end
end

return cases
