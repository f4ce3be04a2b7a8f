// Deutsch. js/text/index.js sagt, wie eine Tabelle zu lesen ist.

export const de = {
  "language.name": "Deutsch",
  "site.title": "Power Monitor",
  "theme.label": "Farben",
  "theme.system": "Wie das System",
  "theme.light": "Hell",
  "theme.dark": "Dunkel",
  "language.label": "Sprache",
};
