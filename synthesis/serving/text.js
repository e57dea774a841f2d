"use strict";
(() => {
  const { form, data, make, changed, tell, forget, restore, post, show } = typed;
  const area = form.querySelector("textarea");
  const both = form.querySelector(".both");
  const where = document.getElementById("where");
  const body = (check) => ({ base: data.base, text: area.value, check });

  const lineOf = () => {
    const before = area.value.slice(0, area.selectionStart).split("\n");
    where.textContent = `Line ${before.length}, column ${before.at(-1).length + 1}`;
  };
  const goToLine = (line) => {
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[line - 1] || "").length);
    area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 8);
    lineOf();
  };
  const list = (findings) => {
    show(findings.map((each) => ({ ...each, field: "" })));
    form.querySelectorAll(".general li").forEach((item, index) => {
      const go = make("button", "Go there", { type: "button" });
      go.addEventListener("click", () => goToLine(findings[index].line));
      item.append(" ", go);
    });
  };
  for (const event of ["keyup", "click", "select"]) area.addEventListener(event, lineOf);

  typed.checking(
    () => post(body(true)),
    (told) => {
      if (told.status === 409) tell("This file was changed by somebody else. Save to see both versions.", false);
      else if (told.status === 200) list(told.findings);
    },
  );

  const save = async (sent) => {
    const told = await post(sent);
    if (told.status === 200) {
      forget();
      sessionStorage.setItem("synthesis:said", told.says);
      location.reload();
    } else if (told.status === 409 && told.again) {
      await save(sent);
    } else if (told.status === 409) {
      choose(told);
    } else {
      if (told.findings) list(told.findings);
      tell(told.says);
    }
  };
  typed.saving(async () => {
    if (!changed().length) tell("Nothing was changed.", false);
    else await save(body(false));
  });

  const choose = (told) => {
    tell(told.says);
    const lines = make("pre", "", { className: "diff", tabIndex: 0 });
    for (const line of told.difference) {
      const kind = line.startsWith("+") ? "new" : line.startsWith("-") ? "old" : "";
      lines.append(make("span", `${line}\n`, { className: kind }));
    }
    const mine = make("button", "Save mine in its place", { type: "button", className: "do" });
    mine.addEventListener("click", () => save({ base: told.base, text: area.value, check: false }));
    const file = make("button", "Go on with the file’s, mine below", { type: "button", className: "do other" });
    file.addEventListener("click", () => {
      const kept = make("pre", area.value, { tabIndex: 0 });
      area.value = told.text;
      data.base = told.base;
      both.replaceChildren(make("h2", "What you had typed"), kept);
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    });
    const acts = make("p", "", { className: "acts" });
    acts.append(mine, file);
    both.replaceChildren(make("h2", "Two versions"), make("p", "Lines with − are in the file now, lines with + are yours."), lines, acts);
    both.hidden = false;
  };

  list(data.findings);
  restore();
  const said = sessionStorage.getItem("synthesis:said");
  if (said) {
    sessionStorage.removeItem("synthesis:said");
    typed.saved.textContent = said;
  }
  if (data.line) goToLine(data.line);
})();
