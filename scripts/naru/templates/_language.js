(function () {
  var root = document.documentElement, buttons = document.querySelectorAll("[data-set]");
  function set(language) {
    root.setAttribute("data-language", language); root.lang = language;
    buttons.forEach(function (button) { button.setAttribute("aria-pressed", String(button.dataset.set === language)); });
  }
  buttons.forEach(function (button) { button.addEventListener("click", function () { set(button.dataset.set); }); });
  if ((navigator.language || "").slice(0, 2) === "ko") { set("ko"); }
})();
