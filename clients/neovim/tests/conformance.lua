-- Plays the cases of clients/conformance. The README there explains their form.
local T = ...
local covers = require('cover_bridge')
local bridge = require('cover_bridge.bridge')
local config = require('cover_bridge.config')
local marks = require('cover_bridge.marks')
local ROOT = 'clients/conformance/'
local cases = {}

local function read(path)
  return vim.json.decode(table.concat(vim.fn.readfile(path), '\n'))
end

-- The current case: its folder; its calls, answers and watches by name; and what the plugin showed for each task. The
-- shown texts are in order, without repetitions in a row.
local play

local function look()
  for id, cover in pairs(covers.covers()) do
    local now = cover.text:match('^no longer watched: (.*)') or cover.status and cover.status.state
    play.shown[id] = play.shown[id] or {}
    if now ~= play.shown[id][#play.shown[id]] then
      table.insert(play.shown[id], now)
    end
  end
end

local function is_watched(id)
  return (covers.covers()[id] or {}).watching
end

local function is_any(list, condition)
  return #vim.tbl_filter(condition, list) > 0
end

local function call(name, method, params)
  play.calls[name] = bridge.request(method, params, function(err, result)
    play.answers[name] = play.answers[name] or { err = err, result = result }
  end)
end

local steps = {}

function steps.start(step)
  call('start', 'ping')
  steps.result({ of = 'start', error = step.error })
end

-- A watch begins with the text that is shown at that moment.
function steps.watch(step)
  local watch = { ids = step.ids, seen = {} }
  for _, id in ipairs(step.ids) do
    watch.seen[id] = #(play.shown[id] or {})
  end
  play.watches[step.as] = watch
  config.options.interval = step.interval
  covers.watch(step.ids)
end

function steps.next(step)
  local watch, wanted = play.watches[step.of], step.state or step.reason
  T.wait_for(vim.inspect(step), function()
    if step.over then
      return not is_any(watch.ids, is_watched)
    elseif step.error == 'bridgeDied' or step.error == 'bridgeClosed' then
      return is_any(watch.ids, function(id)
        return covers.covers()[id].text == 'no longer watched: the bridge ended'
      end)
    elseif step.error then
      return is_any(T.messages, function(message)
        return message.text:find('cannot watch .*%(' .. step.error .. '%)')
      end)
    end
    local shown, seen = play.shown[step.task] or {}, watch.seen[step.task]
    watch.seen[step.task] = shown[seen + 1] == wanted and seen + 1 or seen
    return shown[watch.seen[step.task]] == wanted
  end)
end

steps['break'] = function(step)
  covers.unwatch(vim.tbl_filter(is_watched, play.watches[step.of].ids))
end

function steps.call(step)
  call(step.as, step.method, { taskId = step.task })
end

function steps.result(step)
  T.wait_for(vim.inspect(step), function()
    return play.answers[step.of]
  end)
  local err, result = play.answers[step.of].err, play.answers[step.of].result or {}
  T.equal({ step.error, step.state or result.state, step.task or result.taskId }, { err and err.data.kind, result.state, result.taskId })
  T.equal(step.says, step.says and err.message:sub(-#step.says))
end

-- A cancelled call has its outcome at once, because its caller does not wait for the answer.
function steps.cancel(step)
  play.answers[step.of] = { err = { data = { kind = 'cancelled' } } }
  bridge.notify('$/cancelRequest', { id = play.calls[step.of] })
end

function steps.open(step)
  vim.fn.writefile({}, play.folder .. '/gate-' .. step.gate)
end

function steps.see(step)
  T.wait_for(vim.inspect(step), function()
    local seen = read(play.folder .. '/seen.json')
    local is_seen = vim.deep_equal({ step.starts or seen.starts, step.watched or seen.watched }, { seen.starts, seen.watched })
    for method, times in pairs(step.heard or {}) do
      is_seen = is_seen and times == (seen.heard[method] or 0)
    end
    return is_seen
  end)
end

function steps.close()
  covers.stop()
end

local function play_case(case)
  play = { folder = vim.fn.tempname(), calls = {}, answers = {}, watches = {}, shown = {} }
  vim.fn.mkdir(play.folder)
  vim.fn.writefile({ vim.json.encode(case) }, play.folder .. '/case.json')
  covers.setup({
    command = { 'python3', ROOT .. 'fake_bridge.py', play.folder },
    restart_delays = not case.restart and {} or nil,
  })
  local refresh, before = marks.refresh, {}
  marks.refresh = look
  for name, value in pairs(case.environment or {}) do
    before[name], vim.env[name] = vim.env[name] or vim.NIL, value
  end
  local ok, err = pcall(function()
    for _, step in ipairs(case.steps) do
      steps[step['do']](step)
    end
  end)
  marks.refresh = refresh
  for name, value in pairs(before) do
    vim.env[name] = value ~= vim.NIL and value or nil
  end
  T.equal({ true, nil, {} }, { ok, err, read(play.folder .. '/seen.json').faults })
end

for _, file in ipairs(vim.fn.glob(ROOT .. 'cases/*.json', false, true)) do
  for _, case in ipairs(read(file)) do
    cases['conformance: ' .. case.name] = not case.iterators and function()
      play_case(case)
    end or nil
  end
end

return cases
