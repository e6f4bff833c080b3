-- Defines the commands. Neovim loads their code at the first use of a command.
if vim.g.loaded_cover_bridge then
  return
end
vim.g.loaded_cover_bridge = true

local function complete(lead)
  return require('cover_bridge').complete(lead)
end

local function command(name, method, options)
  vim.api.nvim_create_user_command(name, function(args)
    require('cover_bridge')[method](args.fargs, args.bang)
  end, vim.tbl_extend('force', { nargs = '*', complete = complete }, options))
end

command('CoverWatch', 'watch', { desc = 'Watch covers to their end' })
command('CoverUnwatch', 'unwatch', { bang = true, desc = 'Unwatch covers; with ! all of them' })
command('CoverStatus', 'status', { desc = 'Say how covers stand' })
command('CoverOpen', 'open', { desc = 'Open the images of covers' })
