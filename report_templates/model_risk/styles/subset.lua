-- What both engines share: conditional blocks, section numbers, section references, folded methods, table columns.
-- Runs before anything else (Quarto: at pre-ast), so Quarto never sees these constructs.

local meta = {}
local numbers = {}
local on_paper = false

local function truthy(path)
  local found = meta
  for key in path:gmatch("[^.]+") do
    if type(found) ~= "table" then return false end
    found = found[key]
  end
  if type(found) == "boolean" then return found end
  if found == nil then return false end
  local text = pandoc.utils.stringify(found)
  return text ~= "" and text ~= "false"
end

-- Whether a conditional element stays; nil when it carries no condition of ours.
local function stays(element)
  local wanted, refused = element.attributes["when-meta"], element.attributes["unless-meta"]
  if not wanted and not refused then return nil end
  local holds = (not wanted or truthy(wanted)) and (not refused or not truthy(refused))
  if element.classes:includes("content-visible") then return holds end
  if element.classes:includes("content-hidden") then return not holds end
  return nil
end

local function conditional(element)
  local verdict = stays(element)
  if verdict == nil then return nil end
  if not verdict then return {} end
  return element.content
end

local function letter(n) return string.char(64 + n) end

local function number_sections(blocks)
  local count, annex, chapters, annexes = {0, 0, 0, 0, 0, 0}, false, 0, 0
  return blocks:walk({
    traverse = "topdown",
    Header = function(header)
      if header.classes:includes("unnumbered") then return nil end
      local level = header.level
      if level == 1 then
        annex = header.classes:includes("appendix")
        if annex then annexes = annexes + 1 else chapters = chapters + 1 end
        count[1] = annex and annexes or chapters
      else
        count[level] = count[level] + 1
      end
      for deeper = level + 1, 6 do count[deeper] = 0 end
      local parts = {annex and letter(count[1]) or tostring(count[1])}
      for each = 2, level do parts[each] = tostring(count[each]) end
      local number = table.concat(parts, ".")
      numbers[header.identifier] = {number, (annex and level == 1) and "Appendix" or "Section"}
      header.classes = header.classes:filter(function(class) return class ~= "appendix" end)
      if annex then header.classes:insert("annex") end
      header.content = pandoc.Inlines({
        pandoc.Span({pandoc.Str(number)}, pandoc.Attr("", {"header-section-number"})), pandoc.Space(),
      }) .. header.content
      return header, false
    end,
  })
end

local function reference(citation, bare)
  local found = numbers[citation.id]
  if not found then
    io.stderr:write("[respml] unresolved reference " .. citation.id .. "\n")
    return pandoc.Strong({pandoc.Str("?@" .. citation.id)})
  end
  local text = (bare or citation.mode == "SuppressAuthor") and found[1] or (found[2] .. "\u{a0}" .. found[1])
  return pandoc.Link({pandoc.Str(text)}, "#" .. citation.id, "", pandoc.Attr("", {"quarto-xref"}))
end

local function section_references(cite)
  local result = pandoc.Inlines({})
  for index, citation in ipairs(cite.citations) do
    if not citation.id:match("^sec%-") then return nil end
    if index > 1 then result:extend({pandoc.Str(","), pandoc.Space()}) end
    if #citation.prefix > 0 then
      result:extend(citation.prefix)
      result:insert(pandoc.Space())
    end
    result:insert(reference(citation, false))
    result:extend(citation.suffix)
  end
  return result
end

-- How it was done: small print on paper, folded on screen.
local function method(div)
  if not div.classes:includes("method") then return nil end
  local title = div.attributes["title"] or "How it was done"
  div.attributes["title"] = nil
  if on_paper then
    local first = div.content[1]
    local lead = pandoc.Inlines({pandoc.Strong({pandoc.Str(title .. ".")}), pandoc.Space()})
    if first and first.t == "Para" then
      first.content = lead .. first.content
    else
      div.content:insert(1, pandoc.Para(lead))
    end
    return div
  end
  local summary = pandoc.write(pandoc.Pandoc({pandoc.Plain({pandoc.Str(title)})}), "html")
  local blocks = pandoc.Blocks({pandoc.RawBlock("html", '<details class="method"><summary>' .. summary .. "</summary>")})
  blocks:extend(div.content)
  blocks:insert(pandoc.RawBlock("html", "</details>"))
  return blocks
end

-- A short table stays on one page; one of many columns is set smaller.
local function table_classes(table_block)
  local rows = 0
  for _, body in ipairs(table_block.bodies) do rows = rows + #body.body end
  if rows <= 14 then table_block.classes:insert("short") end
  if #table_block.colspecs > 7 then table_block.classes:insert("many-columns") end
  return table_block
end

-- Columns take the room they need, unless the block around the table says that its dashes are widths.
local function column_widths(blocks)
  return blocks:walk({
    traverse = "topdown",
    Div = function(div)
      if div.classes:includes("set-widths") then return div, false end
    end,
    Table = function(table_block)
      for index, column in ipairs(table_block.colspecs) do
        table_block.colspecs[index] = {column[1], nil}
      end
      return table_block, false
    end,
  })
end

-- Quarto looks for shortcodes in metadata and attributes, and for stray fences in text, where Pandoc has already read
-- the escapes. A word joiner inside keeps text from being either; quarto_engine.py takes it out of the HTML again.
local function literal(text)
  return (text:gsub("{{<", "{{\u{2060}<"):gsub(">}}", ">\u{2060}}}"):gsub("::", ":\u{2060}:"))
end

local literals = {
  Str = function(word) return pandoc.Str(literal(word.text)) end,
}
for _, kind in ipairs({"Div", "Span", "Image"}) do
  literals[kind] = function(element)
    for key, value in pairs(element.attributes) do element.attributes[key] = literal(value) end
    return element
  end
end

function Pandoc(document)
  if quarto then document = document:walk(literals) end
  meta = document.meta
  on_paper = truthy("paper")
  local blocks = document.blocks:walk({Div = conditional, Span = conditional})
  blocks = number_sections(blocks)
  blocks = blocks:walk({Cite = section_references, Div = method})
  document.blocks = column_widths(blocks):walk({Table = table_classes})
  return document
end
