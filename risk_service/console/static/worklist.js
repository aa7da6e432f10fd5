// Keys for lists: everything they do can be done without them.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-keys] tbody tr")];
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const go = (by) => {
    const all = rows(), now = here();
    const to = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by));
    all[to]?.querySelector("a.row").focus();
  };
  const open = (id) => {
    const part = document.getElementById(id);
    if (part) {
      part.open = true;
      part.scrollIntoView({ block: "nearest" });
      (part.querySelector("form select, form input:not([type=hidden])") || part.querySelector("summary")).focus();
    }
  };
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    x: () => rows()[here()]?.querySelector("input[type=checkbox]")?.click(),
    c: () => rows()[here()]?.querySelector("a.record")?.click(),
    s: () => location.assign(document.getElementById("keys").dataset.search),
    "/": () => open("filters"),
    "?": () => open("keys"),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
