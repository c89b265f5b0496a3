"use strict";

const token = document.getElementById("token");
token.value = sessionStorage.getItem("token") || "";
token.addEventListener("input", () => sessionStorage.setItem("token", token.value));

/** Makes an element; text is always text, never markup. */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A sentence in which `names` stand between backticks. */
function prose(text) {
  return (text || "").split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

function resolve(doc, schema) {
  if (!schema || !schema.$ref) return schema || {};
  return doc.components.schemas[schema.$ref.split("/").pop()] || {};
}

/** A body to begin with: the examples of the schema, without what may be left out and has none. */
function sample(doc, schema) {
  schema = resolve(doc, schema);
  if (schema.example !== undefined) return schema.example;
  if (schema.oneOf || schema.anyOf) return sample(doc, (schema.oneOf || schema.anyOf).find((one) => one.type !== "null"));
  if (schema.properties) {
    const body = {};
    for (const [name, property] of Object.entries(schema.properties)) {
      const needed = (schema.required || []).includes(name);
      if (needed || resolve(doc, property).example !== undefined) body[name] = sample(doc, property);
    }
    return body;
  }
  if (schema.enum) return schema.enum[0];
  const type = [].concat(schema.type || "object").find((one) => one !== "null");
  return { string: "", integer: 0, number: 0, boolean: false, array: [], object: {} }[type];
}

function parameterField(parameter) {
  const input = el("input", { type: "text", name: parameter.name, "aria-label": parameter.name });
  const note = [parameter.required ? "required" : "optional", parameter.in, parameter.description].filter(Boolean).join(" · ");
  return { parameter, input, node: el("div", { class: "field" }, el("code", {}, parameter.name), input, el("small", {}, ...prose(note))) };
}

function request(path, method, fields, body) {
  const query = new URLSearchParams();
  const headers = {};
  let url = path;
  for (const { parameter, input } of fields) {
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value === "") continue;
    else if (parameter.in === "query") query.set(parameter.name, input.value);
    else headers[parameter.name] = input.value;
  }
  if (token.value) headers.Authorization = `Bearer ${token.value.trim()}`;
  if (body) headers["Content-Type"] = "application/json";
  const search = query.toString();
  return [search ? `${url}?${search}` : url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined }];
}

async function show(response, output) {
  const type = response.headers.get("content-type") || "";
  const head = `${response.status} ${response.statusText}\n`;
  if (type.startsWith("image/")) {
    const picture = el("img", { alt: "the answer" });
    picture.src = URL.createObjectURL(await response.blob());
    output.replaceChildren(el("pre", {}, head), picture);
    return;
  }
  let text = await response.text();
  if (type.includes("json")) text = JSON.stringify(JSON.parse(text), null, 2);
  output.replaceChildren(el("pre", {}, head + text));
}

function operation(doc, path, method, op) {
  const fields = (op.parameters || []).map(parameterField);
  const schema = op.requestBody && op.requestBody.content["application/json"].schema;
  const body = schema && el("textarea", { "aria-label": "body", spellcheck: "false" });
  if (body) body.value = JSON.stringify(sample(doc, schema), null, 2);
  const output = el("div", { "aria-live": "polite" });
  const button = el("button", { type: "button" }, "Send");
  button.addEventListener("click", async () => {
    try {
      await show(await fetch(...request(path, method, fields, body)), output);
    } catch (error) {
      output.replaceChildren(el("pre", {}, String(error)));
    }
  });
  const answers = Object.entries(op.responses).map(([status, answer]) =>
    el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, ...prose(answer.description))));
  return el("details", {},
    el("summary", {}, el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path), el("span", { class: "summary" }, ...prose(op.summary))),
    el("div", { class: "body" }, op.description ? el("p", {}, ...prose(op.description)) : null, ...fields.map((field) => field.node), body || null,
      button, output, el("table", {}, ...answers)));
}

async function start() {
  const doc = await (await fetch("/v1/openapi.json")).json();
  const sections = (doc.tags || []).map((tag) => {
    const operations = [];
    for (const [path, item] of Object.entries(doc.paths))
      for (const [method, op] of Object.entries(item))
        if (op && op.responses && (op.tags || []).includes(tag.name)) operations.push(operation(doc, path, method, op));
    return el("section", {}, el("h2", {}, tag.name), el("p", {}, ...prose(tag.description)), ...operations);
  });
  document.getElementById("main").replaceChildren(el("p", {}, ...prose(doc.info.description)), ...sections);
}

start().catch((error) => document.getElementById("main").replaceChildren(el("p", {}, String(error))));
