-- Virtual text at the end of each line that holds a watched id, in every buffer that is on screen.
local M = {}

local namespace = vim.api.nvim_create_namespace('cover_bridge')
local groups = {
  pending = 'CoverBridgePending',
  generating = 'CoverBridgeGenerating',
  succeeded = 'CoverBridgeSucceeded',
  failed = 'CoverBridgeFailed',
}
-- The bytes that an id is made of where it stands in a text: the ASCII ones that ids have, and any non-ASCII.
local ID = '[%w_.\128-\255-]'

M.namespace = namespace

function M.define_highlights()
  for group, link in pairs({
    CoverBridgePending = 'Comment',
    CoverBridgeGenerating = 'DiagnosticInfo',
    CoverBridgeSucceeded = 'String',
    CoverBridgeFailed = 'DiagnosticError',
  }) do
    vim.cmd(('highlight default link %s %s'):format(group, link))
  end
end

-- Whether `line` holds `id` as a whole, not as a part of a longer one. Full stops around it do not count.
local function holds(line, id)
  local first, last = line:find(id, 1, true)
  while first do
    local before, after = line:sub(1, first - 1):gsub('%.+$', ''), line:sub(last + 1):gsub('^%.+', '')
    if not before:find(ID .. '$') and not after:find('^' .. ID) then
      return true
    end
    first, last = line:find(id, first + 1, true)
  end
  return false
end

-- The id at a 0-based byte column of a line, or nil.
function M.id_at(line, column)
  local from = 1
  while true do
    local first, last = line:find(ID .. '+', from)
    if not first or first > column + 1 then
      return nil
    end
    if last >= column + 1 then
      local id = line:sub(first, last):gsub('^%.+', ''):gsub('%.+$', '')
      return id ~= '' and id or nil
    end
    from = last + 1
  end
end

local function draw(buffer, covers)
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  local ids = vim.tbl_keys(covers)
  if #ids == 0 then
    return
  end
  table.sort(ids)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local chunks = {}
    for _, id in ipairs(ids) do
      if holds(line, id) then
        local cover = covers[id]
        table.insert(chunks, { '  ' .. cover.text, groups[cover.state] or 'CoverBridgePending' })
      end
    end
    if #chunks > 0 then
      vim.api.nvim_buf_set_extmark(buffer, namespace, row - 1, 0, { virt_text = chunks, hl_mode = 'combine' })
    end
  end
end

local due = false

-- Draws anew, once for all calls of one turn of the event loop. `covers` have a state and a text, by id.
function M.refresh(covers)
  if due then
    return
  end
  due = true
  vim.schedule(function()
    due = false
    local seen = {}
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      local buffer = vim.api.nvim_win_get_buf(window)
      if not seen[buffer] then
        seen[buffer] = true
        draw(buffer, covers)
      end
    end
  end)
end

return M
