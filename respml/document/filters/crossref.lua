-- Figures and tables as Quarto numbers and names them, for the Pandoc engine.

local numbers = {}
local figures, tables = 0, 0

local function labelled(word, number, caption)
  local text = pandoc.Inlines({pandoc.Str(word .. "\u{a0}" .. number .. ":"), pandoc.Space()}) .. caption
  return pandoc.Blocks({pandoc.Plain(text)})
end

local function complain(kind, id) io.stderr:write("[respml] " .. kind .. " " .. id .. "\n") end

local function register(id, word, number)
  if numbers[id] then complain("duplicate label", id) end
  numbers[id] = {word, tostring(number)}
end

local function figure(block)
  local id, image = block.identifier, nil
  block:walk({Image = function(found) image = image or found end})
  if image and image.identifier:match("^fig%-") and not id:match("^fig%-") then id = image.identifier end
  if not id:match("^fig%-") then return nil end
  figures = figures + 1
  register(id, "Figure", figures)
  local caption = pandoc.utils.blocks_to_inlines(block.caption.long)
  block = block:walk({
    Image = function(found)
      local alt = found.attributes["fig-alt"] or block.attributes["fig-alt"]
      found.identifier = ""
      found.attributes["fig-alt"] = nil
      found.caption = alt and pandoc.Inlines({pandoc.Str(alt)}) or pandoc.Inlines({})
      return found
    end,
  })
  block.attributes["fig-alt"] = nil
  block.identifier = id
  block.caption = {long = labelled("Figure", figures, caption)}
  return block, false
end

local function table_div(div)
  if not div.identifier:match("^tbl%-") then return nil end
  tables = tables + 1
  register(div.identifier, "Table", tables)
  local last = div.content[#div.content]
  if #div.content < 2 or last.t ~= "Para" then
    complain("table without caption", div.identifier)
    return nil
  end
  div.content:remove(#div.content)
  div.content = div.content:walk({
    Table = function(found)
      found.caption = {long = labelled("Table", tables, last.content)}
      return found
    end,
  })
  return div, false
end

local function resolve(cite)
  local result = pandoc.Inlines({})
  for index, citation in ipairs(cite.citations) do
    local kind = citation.id:match("^(%l+)%-")
    if kind ~= "fig" and kind ~= "tbl" then return nil end
    local found = numbers[citation.id]
    if index > 1 then result:extend({pandoc.Str(","), pandoc.Space()}) end
    if #citation.prefix > 0 then
      result:extend(citation.prefix)
      result:insert(pandoc.Space())
    end
    if found then
      local text = citation.mode == "SuppressAuthor" and found[2] or (found[1] .. "\u{a0}" .. found[2])
      result:insert(pandoc.Link({pandoc.Str(text)}, "#" .. citation.id, "", pandoc.Attr("", {"quarto-xref"})))
    else
      complain("unresolved reference", citation.id)
      result:insert(pandoc.Strong({pandoc.Str("?@" .. citation.id)}))
    end
    result:extend(citation.suffix)
  end
  return result
end

function Pandoc(document)
  document.blocks = document.blocks:walk({traverse = "topdown", Figure = figure, Div = table_div})
  document.blocks = document.blocks:walk({Cite = resolve})
  return document
end
