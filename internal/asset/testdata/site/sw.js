import "./js/lazy.js";
self.addEventListener("fetch", () => {});
