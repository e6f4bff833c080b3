-- Shows virtual text at the end of each line that contains a watched id, in all visible buffers.
local M = {}

M.namespace = vim.api.nvim_create_namespace('cover_bridge')
-- The covers to show, by id. Each cover is a table with `state` and `text`.
M.covers = {}

-- By state: the highlight group, and the group that it links to by default.
local groups = {
  pending = { 'CoverBridgePending', 'Comment' },
  generating = { 'CoverBridgeGenerating', 'DiagnosticInfo' },
  succeeded = { 'CoverBridgeSucceeded', 'String' },
  failed = { 'CoverBridgeFailed', 'DiagnosticError' },
}
-- Matches the bytes that an id in a text can have: some ASCII characters, and all other characters.
local BYTES = '%w_.\128-\255-'
local ID, OTHER = '[' .. BYTES .. ']', '[^' .. BYTES .. ']'

function M.define_highlights()
  for _, group in pairs(groups) do
    vim.cmd(('highlight default link %s %s'):format(group[1], group[2]))
  end
end

-- Whether `line` contains `id`, and not as a part of a longer id. Full stops may be around it.
local function holds(line, id)
  return (' ' .. line .. ' '):find(OTHER .. '%.*' .. vim.pesc(id) .. '%.*' .. OTHER) ~= nil
end

-- The id at a byte column of a line (the first column is 0), or nil.
function M.id_at(line, column)
  local after = line:sub(column + 1):match('^' .. ID .. '*')
  local id = (line:sub(1, column):match(ID .. '*$') .. after):gsub('^%.+', ''):gsub('%.+$', '')
  return after ~= '' and id ~= '' and id or nil
end

local function draw(buffer)
  vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  local ids = vim.tbl_keys(M.covers)
  table.sort(ids)
  for row, line in ipairs(#ids > 0 and vim.api.nvim_buf_get_lines(buffer, 0, -1, false) or {}) do
    local chunks = {}
    for _, id in ipairs(ids) do
      if holds(line, id) then
        table.insert(chunks, { '  ' .. M.covers[id].text, (groups[M.covers[id].state] or groups.pending)[1] })
      end
    end
    if #chunks > 0 then
      vim.api.nvim_buf_set_extmark(buffer, M.namespace, row - 1, 0, { virt_text = chunks, hl_mode = 'combine' })
    end
  end
end

local due = false

-- Draws the text again. Several calls in one turn of the event loop cause a single drawing.
function M.refresh()
  if due then
    return
  end
  due = true
  vim.schedule(function()
    due = false
    for _, buffer in ipairs(vim.fn.getbufinfo({ bufloaded = 1 })) do
      if #buffer.windows > 0 then
        draw(buffer.bufnr)
      end
    end
  end)
end

return M
