for (const root of document.querySelectorAll(".newsnorm:not([data-live])")) {
  root.dataset.live = "";
  const text = root.querySelector(".restored");
  const detail = root.querySelector(".detail");
  const describe = (event) => {
    if (event.target.matches("ins")) detail.textContent = event.target.title;
  };
  text.addEventListener("focusin", describe);
  text.addEventListener("pointerover", describe);
  text.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    // Edits of a disabled kind take up no space.
    const edits = [...text.querySelectorAll("ins")].filter((edit) => edit.getClientRects().length);
    const at = edits.indexOf(document.activeElement) + steps[event.key];
    edits[Math.min(Math.max(at, 0), edits.length - 1)]?.focus();
    event.preventDefault();
  });
}
