// Keeps the live page up to date. What comes from kiosks is only ever put in as text, never as markup.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function mood(face, faces) {
  const place = (faces - face) / (faces - 1);
  if (place === 1) return "great";
  if (place === 0) return "bad";
  return place > 0.5 ? "good" : place < 0.5 ? "poor" : "fair";
}

function faceOf(face, faces) {
  const name = mood(face, faces);
  const label = `face ${face} of ${faces}`;
  const image = svg("svg", { class: `face ${name}`, role: "img", "aria-label": label });
  image.append(svg("use", { href: `#${name}` }));
  return image;
}

const number = (n) => n.toLocaleString("en");
const index = (value) => (value === null ? "–" : value.toFixed(1));

function clock(time) {
  if (time === null) return make("span", "", "time unknown");
  const date = new Date(time);
  const sameDay = date.toDateString() === new Date().toDateString();
  const hours = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const shown = sameDay ? hours : `${date.toLocaleDateString([], { day: "numeric", month: "short" })} ${hours.slice(0, 5)}`;
  const element = make("time", "", shown);
  element.dateTime = time;
  element.title = time;
  return element;
}

function ago(time) {
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

function heard(time) {
  if (time === null) return "–";
  const element = make("time", "ago", ago(time));
  element.dateTime = time;
  element.title = time;
  return element;
}

function bars({ faces, votes }) {
  const total = votes.reduce((a, b) => a + b, 0);
  const block = make("div", "bars");
  votes.forEach((n, i) => {
    const share = total ? (100 * n) / total : 0;
    const bar = svg("svg", { class: `bar ${mood(i + 1, faces)}`, "aria-hidden": "true" });
    bar.append(svg("rect", { width: `${share.toFixed(2)}%`, height: "100%", rx: "5" }));
    block.append(faceOf(i + 1, faces), bar, make("span", "share", `${share.toFixed(1)} %`), make("span", "votes", number(n)));
  });
  return block;
}

function chip(text, className = "chip") {
  return make("span", className, make("bdi", "", text));
}

function voteRow(vote) {
  const chosen = make("td", "", ...vote.answers.map((answer) => chip(answer)));
  if (vote.marked) chosen.append(chip("marked as misuse", "chip marked"));
  return make("tr", "", make("td", "", faceOf(vote.face, vote.faces)), make("td", "", vote.kiosk), chosen, make("td", "time", clock(vote.time)));
}

function kioskRow(kiosk) {
  const name = make("td", "", kiosk.kiosk);
  name.title = kiosk.kiosk;
  const all = make("td", "number", index(kiosk.all.index));
  if (kiosk.unmarked.votes < kiosk.all.votes) all.append(make("span", "without", `${index(kiosk.unmarked.index)} unmarked`));
  return make("tr", "", name, make("td", "number", number(kiosk.all.votes)), all, make("td", "time", heard(kiosk.last_contact)));
}

function alarmBox(alarm) {
  const times = alarm.times === 1 ? "once" : `${number(alarm.times)} times, last`;
  return make("div", "alarm",
    make("p", "", make("strong", "", `${alarm.kiosk}: ${alarm.kind}`), ` – ${alarm.detail}`),
    make("p", "quiet", `Epoch ${alarm.epoch}, ${times} `, alarm.last === null ? "" : clock(alarm.last)));
}

function rows(items, row, columns, none) {
  if (items.length) return items.map(row);
  const cell = make("td", "none", none);
  cell.colSpan = columns;
  return [make("tr", "", cell)];
}

function show(data) {
  byId("index").textContent = index(data.all.index);
  byId("votes").textContent = number(data.all.votes);
  byId("votes-word").textContent = data.all.votes === 1 ? "vote" : "votes";
  const marked = data.all.votes - data.unmarked.votes;
  byId("unmarked").textContent = marked ? `${index(data.unmarked.index)} without ${number(marked)} marked as misuse` : "None marked as misuse";
  byId("distribution").replaceChildren(...(data.distribution.length ? data.distribution : [{ faces: 4, votes: [0, 0, 0, 0] }]).map(bars));
  byId("last").replaceChildren(...rows(data.last, voteRow, 4, "No votes yet"));
  byId("kiosks").replaceChildren(...rows(data.kiosks, kioskRow, 4, "No kiosk has been heard yet"));
  const more = data.kiosks_total - data.kiosks.length;
  byId("more").textContent = more ? `and ${number(more)} more` : "";
  byId("alarms").replaceChildren(...data.alarms.map(alarmBox));
  byId("alarms").hidden = !data.alarms.length;
}

function state(word, className) {
  byId("state").textContent = word;
  byId("state").className = `state ${className}`;
}

const source = new EventSource("/events");
source.onopen = () => state("Live", "live");
source.onerror = () => {
  state("Connection lost, trying again…", "lost");
  // After an answer other than 200 (a restart behind a proxy) the browser gives up for good.
  if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10_000);
};
source.onmessage = (event) => show(JSON.parse(event.data));

setInterval(() => {
  for (const element of document.querySelectorAll("time.ago")) element.textContent = ago(element.dateTime);
}, 1000);
