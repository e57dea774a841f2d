"use strict";
(() => {
  const bar = document.querySelector(".live");
  const count = bar.querySelector(".live-count");
  const status = bar.querySelector(".live-status");
  const panel = bar.querySelector(".live-findings");
  const onReport = bar.dataset.page === "report";
  const PLACE = "synthesis:place";

  const make = (name, text, props = {}) => {
    const made = Object.assign(document.createElement(name), props);
    if (text) made.textContent = text;
    return made;
  };

  // What a reader sees stays where it is when the report is made anew.
  const nameOf = (details) =>
    details.id || `${details.closest("section")?.id}|${details.querySelector("summary").textContent}`;
  const keepPlace = () => {
    const seen = [...document.querySelectorAll("main [id]")].find((each) => {
      const box = each.getBoundingClientRect();
      return box.height > 0 && box.bottom > 60;
    });
    const open = [...document.querySelectorAll("main details[open]")].map(nameOf);
    const place = { id: seen?.id, top: seen?.getBoundingClientRect().top, y: scrollY, open };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
    history.scrollRestoration = "manual";
  };
  const findPlace = () => {
    const kept = sessionStorage.getItem(PLACE);
    if (!kept || !onReport) return;
    sessionStorage.removeItem(PLACE);
    const place = JSON.parse(kept);
    const open = new Set(place.open);
    for (const each of document.querySelectorAll("main details")) if (open.has(nameOf(each))) each.open = true;
    const go = () => {
      const seen = place.id && document.getElementById(place.id);
      if (seen) scrollBy(0, seen.getBoundingClientRect().top - place.top);
      else scrollTo(0, place.y);
    };
    requestAnimationFrame(() => {
      go();
      history.scrollRestoration = "auto";
    });
  };
  findPlace();

  // Who has followed a link is not called back by a new report.
  let leaving = false;
  addEventListener("beforeunload", () => {
    leaving = true;
    setTimeout(() => (leaving = false), 3000);
  });

  // What the server tells.
  let state = null;
  const tell = (words, warn) => {
    if (status.textContent !== words) status.textContent = words;
    status.classList.toggle("warn", warn);
  };
  const told = (now) => {
    const changed = !state || state.number !== now.number;
    state = now;
    count.textContent = now.findings;
    count.classList.toggle("errors", now.errors > 0);
    if (onReport && now.version > Number(bar.dataset.version) && !leaving) {
      keepPlace();
      location.reload();
      return;
    }
    const made = now.made ? `report of ${now.made}` : "";
    if (now.busy) tell("being made anew …", false);
    else if (now.says) tell(now.says + (made ? ` (${made})` : ""), true);
    else tell(now.old && onReport ? "being made anew …" : made, false);
    if (changed && !panel.hidden) list();
  };
  let stream = null;
  const listen = () => {
    stream = new EventSource(`/events?page=${bar.dataset.page}`);
    const mine = stream;
    mine.onmessage = (event) => told(JSON.parse(event.data));
    mine.onerror = () =>
      tell(
        mine.readyState === EventSource.CLOSED
          ? "The server was started anew: open the address that it printed. What you typed here stays."
          : "The server does not answer. What you typed here stays.",
        true,
      );
  };
  // Browsers open few connections to one server: a page that nobody looks at gives its own back.
  const listenWhileSeen = () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else if (!stream) listen();
  };
  document.addEventListener("visibilitychange", listenWhileSeen);
  addEventListener("pagehide", () => stream?.close());
  listenWhileSeen();

  // The findings, each with a link to its form.
  const list = async () => {
    let found;
    try {
      found = await (await fetch("/findings")).json();
    } catch {
      return;
    }
    const items = found.findings.map((each) => {
      const item = make("li", "", { className: each.severity });
      item.append(make("b", each.severity), ` ${each.says} `);
      if (each.hint) item.append(make("i", each.hint), " ");
      const place = make("small");
      place.append(each.to ? make("a", each.place, { href: each.to }) : each.place);
      item.append(place);
      return item;
    });
    if (found.more) items.push(make("li", `and ${found.more} more: python -m synthesis check`));
    panel.querySelector("ul").replaceChildren(...items);
    panel.querySelector(".live-none").hidden = items.length > 0;
  };
  const show = (open) => {
    panel.hidden = !open;
    count.setAttribute("aria-expanded", String(open));
    if (open) list();
  };
  count.addEventListener("click", () => show(panel.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      show(false);
      count.focus();
      event.stopPropagation();
    }
  }, true);

  // Ways from the report to the forms.
  const edit = (anchor) =>
    make("a", "Edit", { className: "live-edit", href: `/studies/${encodeURIComponent(anchor.replace(/^#?r\//, ""))}` });
  for (const record of document.querySelectorAll(".record[id^='r/']")) {
    const line = make("p");
    line.append(edit(record.id));
    record.querySelector("summary").after(line);
  }
  const body = document.getElementById("panel/body");
  if (body) {
    const add = () => {
      const open = body.querySelector(".acts a[href^='#r/']");
      if (open && !body.querySelector(".live-edit")) open.after(edit(decodeURIComponent(open.getAttribute("href"))));
    };
    new MutationObserver(add).observe(body, { childList: true, subtree: true });
    add();
  }
})();
