/** Shows the description of the API: one section for each thing that routes are about. */

import { shape } from './schemas.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function element(name, text = '', kind = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) {
    made.className = kind;
  }
  return made;
}

function parameters(all, operation) {
  const list = element('dl');
  for (const one of operation.parameters ?? []) {
    const name = element('dt');
    name.append(element('code', one.name), ` ${one.in}${one.required ? ', required' : ''}`);
    list.append(name, element('dd', `${one.description} (${shape(all, one.schema)})`));
  }
  return list;
}

function contents(all, holder, content) {
  for (const [type, { schema }] of Object.entries(content ?? {})) {
    holder.append(element('code', type), element('pre', shape(all, schema)));
  }
}

function answers(all, holder, operation) {
  for (const [status, answer] of Object.entries(operation.responses)) {
    const isProblem = status.endsWith('XX');
    holder.append(element('h3', `${status} ${answer.description}`));
    if (isProblem) {
      holder.append(element('div', 'a problem document', 'said'));
    } else {
      contents(all, holder, answer.content);
    }
  }
}

function route(all, path, method, operation) {
  const details = element('details');
  details.id = operation.operationId;
  const isSocket = Boolean(operation.responses['101']);
  const summary = element('summary');
  summary.append(
    element('span', isSocket ? 'WS' : method.toUpperCase(), 'method'),
    element('code', path),
    ' ',
    element('span', operation.summary, 'said'),
  );
  details.append(summary);
  details.dataset.words = `${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
  details.append(
    element('div', `${operation.operationId}, for the role ${operation['x-role']}`, 'said'),
  );
  if (operation.parameters) {
    details.append(element('h3', 'Parameters'), parameters(all, operation));
  }
  if (operation.requestBody) {
    details.append(element('h3', 'Body'));
    contents(all, details, operation.requestBody.content);
  }
  answers(all, details, operation);
  return details;
}

function sections(description) {
  const found = new Map();
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((one) => operations[one])) {
      const operation = operations[method];
      const tag = operation.tags[0];
      if (!found.has(tag)) {
        found.set(tag, []);
      }
      found.get(tag).push(route(description.components.schemas, path, method, operation));
    }
  }
  return found;
}

function show(description) {
  document.getElementById('about').textContent = description.info.description;
  const main = document.getElementById('routes');
  for (const [tag, routes] of sections(description)) {
    const section = element('section');
    section.append(element('h2', tag), ...routes);
    main.append(section);
  }
  const named = document.getElementById(location.hash.slice(1));
  if (named?.tagName === 'DETAILS') {
    named.open = true;
    named.scrollIntoView();
  }
}

function find(text) {
  for (const one of document.querySelectorAll('details')) {
    one.hidden = !one.dataset.words.includes(text.toLowerCase());
  }
  for (const section of document.querySelectorAll('section')) {
    section.hidden = !section.querySelector('details:not([hidden])');
  }
}

document.getElementById('find').addEventListener('input', (event) => find(event.target.value));

try {
  const answer = await fetch('openapi.json');
  if (!answer.ok) {
    throw new Error(`openapi.json is answered ${answer.status}`);
  }
  show(await answer.json());
} catch (fault) {
  document.getElementById('about').textContent = `The description cannot be read: ${fault.message}.`;
}
