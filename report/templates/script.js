(() => {
  "use strict";
  // Evidence links lead into folded parts: open what holds the target.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((box) => { box.open = true; }));

  // Copy buttons: the clipboard where the browser grants it, else a selection and the old command.
  for (const button of document.querySelectorAll("button.copy")) {
    const code = button.closest(".patch").querySelector("code");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  // One cursor through all plots, with the value of each curve at that time.
  for (const timeline of document.querySelectorAll(".timeline")) {
    const seconds = Number(timeline.dataset.seconds);
    const plots = [...timeline.querySelectorAll(".field[data-low]")].map((field) => {
      const points = [...field.querySelectorAll(".curve")].flatMap((path) =>
        [...path.getAttribute("d").matchAll(/[ML](\S+) ([^LMh]+)/g)].map((m) => [Number(m[1]), Number(m[2])]));
      const mark = document.createElement("span");
      mark.className = "cursor";
      mark.hidden = true;
      field.append(mark);
      return { field, points, mark, low: Number(field.dataset.low), high: Number(field.dataset.high) };
    });
    const show = (event) => {
      const over = event.target.closest(".field");
      if (!over) return hide();
      const box = over.getBoundingClientRect();
      const x = Math.min(1000, Math.max(0, 1000 * (event.clientX - box.left) / box.width));
      for (const { field, points, mark, low, high } of plots) {
        if (!points.length) continue;
        const [, y] = points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
        const value = low + (1 - y / 100) * (high - low);
        mark.hidden = false;
        mark.style.left = `${x / 10}%`;
        mark.classList.toggle("flip", x > 700);
        mark.textContent = `${(x / 1000 * seconds).toFixed(2)} s: ${value.toPrecision(3)} ${field.dataset.unit}`;
      }
    };
    const hide = () => plots.forEach(({ mark }) => { mark.hidden = true; });
    timeline.addEventListener("pointermove", show);
    timeline.addEventListener("pointerleave", hide);
  }
})();
