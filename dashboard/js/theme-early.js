// A classic script in <head>, so that the first paint already has the right colours. js/theme.js does the rest.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("power-monitor.theme");
  } catch {
    // no storage: follow the system
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
