// English. js/text/index.js says how a table works.

export const en = {
  "language.name": "English",
  "site.title": "Power Monitor",
  "theme.label": "Colours",
  "theme.system": "As the system",
  "theme.light": "Light",
  "theme.dark": "Dark",
  "language.label": "Language",
};
