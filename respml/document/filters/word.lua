-- Blocks and words of ours in Word's terms: styles, captions with number fields, pictures, marks for what Python
-- completes (contents, turned pages, pictures). Runs last, for the Pandoc engine's Word document only.

local DIVS = {statement = "Statement", ["table-note"] = "Table Note", method = "Method", narrative = "Narrative",
  ["stale-mark"] = "Stale Mark", ["severity-high"] = "Finding High", ["severity-medium"] = "Finding Medium",
  ["severity-low"] = "Finding Low", finding = "Finding", ["register-facts"] = "Table Note", ["decision-sheet"] = "Sheet Text"}
local ORDER = {"severity-high", "severity-medium", "severity-low", "finding", "statement", "table-note", "method",
  "stale-mark", "narrative", "register-facts", "decision-sheet"}
local SPANS = {["header-section-number"] = "Section Number", ["finding-code"] = "Finding Code", deleted = "Deleted",
  inserted = "Inserted", overdue = "Overdue", signed = "Signed", unsigned = "Unsigned"}
local SEVERITIES = {["severity-high"] = "Severity High", ["severity-medium"] = "Severity Medium",
  ["severity-low"] = "Severity Low"}
local PLACES = {contents = "RespmlContents", ["list-of-figures"] = "RespmlListOfFigures",
  ["list-of-tables"] = "RespmlListOfTables"}

local function escape(text)
  return (text:gsub("[&<>\"]", {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}))
end

local function mark(style)
  return pandoc.RawBlock("openxml", '<w:p><w:pPr><w:pStyle w:val="' .. style .. '"/></w:pPr></w:p>')
end

local function raw(xml) return pandoc.RawInline("openxml", xml) end

local function styled(blocks, style) return pandoc.Div(blocks, pandoc.Attr("", {}, {["custom-style"] = style})) end

local function words(inlines, style, id)
  return pandoc.Span(inlines, pandoc.Attr(id or "", {}, {["custom-style"] = style}))
end

-- "Table 3:" as a label whose number Word counts, under the name by which the text refers to it.
local function captioned(inlines, id, style)
  local word, number = inlines[1].text:match("^(%a+)\u{a0}(%d+):$")
  local label = pandoc.Inlines({
    pandoc.Str(word .. "\u{a0}"),
    raw('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> SEQ ' .. word ..
      ' \\* ARABIC </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'),
    pandoc.Str(number),
    raw('<w:r><w:fldChar w:fldCharType="end"/></w:r>'),
  })
  local rest = inlines:clone()
  rest:remove(1)
  local text = pandoc.Inlines({words(pandoc.Inlines({pandoc.Span(label, pandoc.Attr(id))}), "Caption Label"),
    words(pandoc.Inlines({pandoc.Str(":")}), "Caption Label")}) .. rest
  return styled({pandoc.Para(text)}, style)
end

local function picture(image)
  local alt = escape(pandoc.utils.stringify(image.caption))
  return raw('<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="0" cy="0"/>' ..
    '<wp:docPr id="0" name="" descr="' .. alt .. '"/><a:graphic><a:graphicData ' ..
    'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="0" name="' ..
    escape(image.src) .. '"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=""/><a:stretch>' ..
    '<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></a:xfrm>' ..
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>' ..
    '</w:drawing></w:r>')
end

local function figure(block)
  local image
  block:walk({Image = function(found) image = image or found end})
  local caption = pandoc.utils.blocks_to_inlines(block.caption.long)
  if not image or not block.identifier:match("^fig%-") then return nil end
  return {styled({pandoc.Para({picture(image)})}, "Figure"), captioned(caption, block.identifier, "Caption")}, false
end

local function table_div(div)
  local caption
  local blocks = div.content:walk({Table = function(found)
    caption = pandoc.utils.blocks_to_inlines(found.caption.long)
    found.caption = {long = {}}
    return found
  end})
  if not caption or #caption == 0 then return nil end
  blocks:insert(1, captioned(caption, div.identifier, "Table Caption"))
  return blocks
end

local function restyled(blocks, style)
  return blocks:walk({Table = function(found)
    if style == "FactsTable" then found.head.rows = {} end
    found.attributes["custom-style"] = style
    return found
  end})
end

local function severities(blocks, style)
  return blocks:walk({Span = function(span)
    if span.classes:includes("severity") then return words(span.content, style) end
  end})
end

-- A history stands in its finding: lines of the finding's own style, no bullets.
local function lines(div)
  return div.content:walk({BulletList = function(list)
    return pandoc.Blocks(list.content:map(function(item) return pandoc.Para(pandoc.utils.blocks_to_inlines(item)) end))
  end})
end

local function marked(div, first, last)
  div.content:insert(1, mark(first))
  div.content:insert(mark(last))
  div.classes = {}
  return div
end

local function block(div)
  if PLACES[div.identifier] then return mark(PLACES[div.identifier]), false end
  if div.identifier:match("^tbl%-") then return table_div(div) end
  if div.classes:includes("identity") then return restyled(div.content, "FactsTable"), false end
  if div.classes:includes("signoff") then return restyled(div.content, "SignoffTable"), false end
  if div.classes:includes("landscape") then return marked(div, "RespmlWideStart", "RespmlWideEnd") end
  if div.classes:includes("two-columns") then return marked(div, "RespmlColumnsStart", "RespmlColumnsEnd") end
  if div.classes:includes("history") then return lines(div) end
  for _, class in ipairs(ORDER) do
    if div.classes:includes(class) and not div.attributes["custom-style"] then
      if SEVERITIES[class] then div.content = severities(div.content, SEVERITIES[class]) end
      div.attributes["custom-style"] = DIVS[class]
      -- paragraphs of one style run into each other: a narrow gap keeps findings apart
      if class == "finding" or SEVERITIES[class] then return {div, mark("AfterFinding")} end
      return div
    end
  end
end

local function span(element)
  for class, style in pairs(SPANS) do
    if element.classes:includes(class) then return words(element.content, style, element.identifier) end
  end
end

-- The title of a method, which stands in bold before its text.
local function method_title(div)
  local first = div.content[1]
  if div.classes:includes("method") and first and first.t == "Para" and first.content[1].t == "Strong" then
    first.content[1] = words(first.content[1].content, "Method Title")
    return div
  end
end

function Pandoc(document)
  document.blocks = document.blocks:walk({Div = method_title})
  document.blocks = document.blocks:walk({traverse = "topdown", Figure = figure, Div = block})
  document.blocks = document.blocks:walk({Image = picture, Span = span})
  return document
end
