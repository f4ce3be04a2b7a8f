// A classic script in <head>: asks for what the tab in the address reads, so that it comes beside the modules that read
// it and not after them. data/source.js then finds the answers.
(() => {
  const files = {
    today: ["daily", "weekly"],
    "7-days": ["weekly", "monthly"],
    "30-days": ["monthly", "yearly"],
    "365-days": ["yearly", "earlier"],
    health: ["daily", "weekly", "monthly", "yearly"],
    help: [],
  };
  const tab = location.hash.slice(1);
  for (const tier of Object.hasOwn(files, tab) ? files[tab] : files.today) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "", href: `${tier}.json` });
    document.head.append(link);
  }
})();
