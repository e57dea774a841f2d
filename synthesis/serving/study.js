"use strict";
(() => {
  const { form, data, make, initial, changed, values, field, tell, forget, restore, post, show, goTo, goToFirst } = typed;
  const both = form.querySelector(".both");
  const body = (check) => ({ base: data.base, values: values(changed()), check });

  typed.checking(
    () => post(body(true)),
    (told) => {
      if (told.status === 409) tell("This file was changed by somebody else. Save to see both versions.", false);
      else if (told.status === 200 || told.status === 422) show(told.findings || [], told.fields || {});
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
      choose(told, sent);
    } else {
      show(told.findings || [], told.fields || {});
      tell(told.says);
      if (told.status === 422) goToFirst();
    }
  };
  typed.saving(async () => {
    if (!changed().length) tell("Nothing was changed.", false);
    else await save(body(false));
  });

  // Somebody else has written: what it was, what it is, what was typed; each change is chosen by itself.
  const choose = (told, sent) => {
    tell(told.says);
    const rows = Object.entries(sent.values).map(([name, mine], index) => {
      const one = field(name);
      const now = told.now[name];
      const was = one ? initial(one) : "";
      const label = `${one?.closest(".part")?.querySelector("summary b")?.textContent || ""}: ${one?.labels[0]?.textContent || name}`;
      const row = make("tr");
      const choice = (value, words, checked, disabled) => {
        const cell = make("td");
        const line = make("label");
        line.append(make("input", "", { type: "radio", name: `choice${index}`, value, checked, disabled }), make("span", words || "(nothing)"));
        cell.append(line);
        return cell;
      };
      const untouched = now === was;
      row.dataset.name = name;
      row.append(
        make("th", label, { scope: "row" }),
        make("td", was || "(nothing)"),
        choice("file", now === null ? "(it is gone)" : now, now === null, false),
        choice("mine", mine, untouched, now === null),
      );
      return row;
    });
    const head = make("tr");
    head.append(...["Field", "When you began", "In the file now", "Yours"].map((each) => make("th", each, { scope: "col" })));
    const table = make("table", "", { className: "plain" });
    const top = make("thead");
    const rest = make("tbody");
    top.append(head);
    rest.append(...rows);
    table.append(top, rest);
    const scroll = make("div", "", { className: "scroll" });
    scroll.append(table);
    const go = make("button", "Save what is chosen", { type: "button", className: "do" });
    go.addEventListener("click", async () => {
      const open = rows.find((row) => !row.querySelector(":checked"));
      if (open) {
        tell("Choose one of the two in every line.");
        open.querySelector("input").focus();
        return;
      }
      const mine = rows.filter((row) => row.querySelector(":checked").value === "mine").map((row) => row.dataset.name);
      const chosen = Object.fromEntries(mine.map((name) => [name, sent.values[name]]));
      await save({ base: told.base, values: chosen, check: false });
    });
    both.replaceChildren(make("h2", "Two versions"), scroll, go);
    both.hidden = false;
    both.scrollIntoView({ block: "nearest" });
  };

  show(data.findings);
  restore();
  const said = sessionStorage.getItem("synthesis:said");
  if (said) {
    sessionStorage.removeItem("synthesis:said");
    typed.saved.textContent = said;
  }
  if (data.focus) goTo(data.focus);
})();
