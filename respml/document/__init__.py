"""From a template and evidence to a document: assembling, rendering by Quarto or Pandoc, and paper."""
