-- Checks whether bytes are valid UTF-8.
local M = {}

local TAIL = '[\128-\191]'
-- The characters of several bytes, by their first byte. Overlong forms, surrogates and numbers above U+10FFFF are
-- invalid.
local CHARACTERS = {
  '[\194-\223]' .. TAIL,
  '\224[\160-\191]' .. TAIL,
  '[\225-\236\238\239]' .. TAIL .. TAIL,
  '\237[\128-\159]' .. TAIL,
  '\240[\144-\191]' .. TAIL .. TAIL,
  '[\241-\243]' .. TAIL .. TAIL .. TAIL,
  '\244[\128-\143]' .. TAIL .. TAIL,
}

function M.is_utf8(bytes)
  for _, character in ipairs(CHARACTERS) do
    bytes = bytes:gsub(character, ' ')
  end
  return not bytes:find('[\128-\255]')
end

return M
