// SPDX-License-Identifier: MIT
// Runs the script of a page in a document that has just what it needs, and prints what it made.
//
// usage: node page_dom.js PAGE [COLUMN…]: the titles of these columns are clicked first.
'use strict';
const fs = require('fs');
const vm = require('vm');

class Element {
	constructor(name, space) {
		Object.assign(this, {name, namespaceURI: space, attributes: {}, children: []});
	}
	setAttribute(name, value) {
		if (/^on|^src$|href$/.test(name) || typeof value != 'string')
			throw new Error(`attribute ${name}`);
		this.attributes[name] = value;
	}
	getAttribute(name) {
		return this.attributes[name] ?? null;
	}
	removeAttribute(name) {
		delete this.attributes[name];
	}
	append(...children) {
		for (const child of children) {
			if (typeof child != 'string' && !(child instanceof Element))
				throw new Error(`child ${child}`);
			this.children = this.children.filter(other => other !== child || typeof child == 'string');
			this.children.push(child);
		}
	}
	get firstChild() {
		return this.children[0];
	}
	get rows() {
		return this.children;
	}
	get cells() {
		return this.children;
	}
	get textContent() {
		return this.children.map(child => child.textContent ?? child).join('');
	}
	all(name) {
		const below = this.children.flatMap(child => child.all ? child.all(name) : []);
		return this.name == name ? [this, ...below] : below;
	}
}

const page = fs.readFileSync(process.argv[2], 'utf8');
const scripts = Array.from(page.matchAll(/<script([^>]*)>(.*?)<\/script>/gs), match => match[2]);
const byId = {};
for (const [, name, id] of page.matchAll(/<(\w+)[^>]* id="(\w+)"/g))
	byId[id] = new Element(name, name);
byId.trace.append(scripts[0]);
const document = {
	getElementById: id => byId[id],
	createElement: name => new Element(name, 'html'),
	createElementNS: (space, name) => new Element(name, space),
};
vm.runInNewContext(scripts[1], {document});

const titles = byId.table.all('th');
for (const column of process.argv.slice(3))
	titles[column].firstChild.onclick();

console.log(byId.title.textContent);
console.log(byId.started.textContent);
console.log(byId.sums.children.map(sum => sum.textContent).join(', '));
console.log(titles.map(title => title.textContent + (title.attributes['aria-sort'] ?? '')).join(' | '));
for (const row of byId.table.all('tbody')[0].children)
	console.log(`row ${row.attributes.class}: ` + row.children.map(cell =>
		cell.children.map(child => child.textContent ?? child).join(' ')).join(' | '));
for (const path of byId.picture.all('path')) {
	if (path.namespaceURI != 'svg' || !/^M\d[\d.]* \d[\d.]*C[\d. ]+$/.test(path.attributes.d))
		throw new Error(`path ${path.attributes.d}`);
	console.log(`path ${path.attributes.class} ${path.attributes['stroke-width']}: ${path.textContent}`);
}
for (const text of byId.picture.all('text'))
	console.log(`text ${text.attributes.class}: ` + text.children.filter(child => typeof child == 'string').join(''));
