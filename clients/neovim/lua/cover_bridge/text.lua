-- Checks the bytes that go to the bridge, and cleans the text that comes from it.
local M = {}

-- Whether the bytes are valid UTF-8. Overlong forms and invalid bytes are decoded too, but encoded as other bytes.
function M.is_utf8(bytes)
  local codes = vim.fn.str2list(bytes)
  local invalid = vim.tbl_filter(function(code)
    return code >= 0xD800 and code <= 0xDFFF or code > 0x10FFFF
  end, codes)
  return #invalid == 0 and vim.fn.list2str(codes) == bytes
end

-- The text without passwords in URLs and without `secrets`. A wrapper around the bridge may write its environment. A
-- secret of fewer than 8 bytes stays, because it may be a part of any word.
function M.masked(text, secrets)
  text = text:gsub('(://[^:@%s]*:)%S+@', '%1***@')
  for _, secret in pairs(secrets) do
    text = #secret < 8 and text or text:gsub(vim.pesc(secret), '***')
  end
  return text
end

return M
