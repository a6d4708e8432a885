/**
 * Turns code into coloured spans. It is a separate chunk, loaded when the first finished code block comes.
 *
 * Scopes, for ::highlight(hljs-<scope>) in the style sheet: keyword built_in type literal number string regexp symbol
 * comment doctag meta title function class variable params attr attribute property operator punctuation tag name
 * selector section link addition deletion subst char bullet emphasis strong code quote formula template. A scope with
 * dots keeps its most telling part: title.function is "function", title.class "class", variable.language "built_in".
 */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import clojure from "highlight.js/lib/languages/clojure";
import cmake from "highlight.js/lib/languages/cmake";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import dart from "highlight.js/lib/languages/dart";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import elixir from "highlight.js/lib/languages/elixir";
import erlang from "highlight.js/lib/languages/erlang";
import go from "highlight.js/lib/languages/go";
import graphql from "highlight.js/lib/languages/graphql";
import haskell from "highlight.js/lib/languages/haskell";
import http from "highlight.js/lib/languages/http";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import julia from "highlight.js/lib/languages/julia";
import kotlin from "highlight.js/lib/languages/kotlin";
import latex from "highlight.js/lib/languages/latex";
import less from "highlight.js/lib/languages/less";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import nginx from "highlight.js/lib/languages/nginx";
import nix from "highlight.js/lib/languages/nix";
import objectivec from "highlight.js/lib/languages/objectivec";
import ocaml from "highlight.js/lib/languages/ocaml";
import perl from "highlight.js/lib/languages/perl";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import protobuf from "highlight.js/lib/languages/protobuf";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scala from "highlight.js/lib/languages/scala";
import scss from "highlight.js/lib/languages/scss";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import vim from "highlight.js/lib/languages/vim";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const LANGUAGES = {
  bash, c, clojure, cmake, cpp, csharp, css, dart, diff, dockerfile, elixir, erlang, go, graphql, haskell, http, ini,
  java, javascript, json, julia, kotlin, latex, less, lua, makefile, markdown, nginx, nix, objectivec, ocaml, perl, php,
  powershell, protobuf, python, r, ruby, rust, scala, scss, shell, sql, swift, typescript, vim, xml, yaml,
};
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** @type {(number | string)[]} */ let spansSoFar = [];

/** Takes what highlight.js reports while it reads, and counts offsets; no HTML is ever built. */
class Emitter {
  /** @type {[number, number, string][]} */ spans = [];
  #offset = 0;
  /** @type {{ scope: string, at: number }[]} */ #open = [];

  /** @param {string} text */
  addText(text) {
    this.#offset += text.length;
  }

  /** @param {string} scope */
  startScope(scope) {
    this.#open.push({ scope, at: this.#offset });
  }

  endScope() {
    const { scope, at } = this.#open.pop() ?? { scope: "", at: 0 };
    const name = simpleScope(scope);
    if (name && this.#offset > at) this.spans.push([at, this.#offset, name]);
  }

  /** @param {string} scope */
  openNode(scope) {
    this.startScope(scope);
  }

  closeNode() {
    this.endScope();
  }

  closeAllNodes() {
    while (this.#open.length > 0) this.endScope();
  }

  finalize() {
    this.closeAllNodes();
  }

  /** @param {Emitter} emitter */
  __addSublanguage(emitter) {
    for (const [start, end, scope] of emitter.spans) this.spans.push([start + this.#offset, end + this.#offset, scope]);
    this.#offset += emitter.length;
  }

  get length() {
    return this.#offset;
  }

  toHTML() {
    spansSoFar = this.spans.sort((a, b) => a[0] - b[0] || b[1] - a[1]).flat();
    return "";
  }
}

hljs.configure(/** @type {any} */ ({ __emitter: Emitter, throwUnescapedHTML: false }));

/**
 * The coloured spans of a piece of code, outermost first.
 *
 * @param {string} code
 * @param {string} language as it is written after a fence; an unknown one has no spans
 * @returns {(number | string)[]} start, end, scope, start, end, scope … in UTF-16 units
 */
export function spans(code, language) {
  const name = language.toLowerCase();
  if (!hljs.getLanguage(name)) return [];
  spansSoFar = [];
  hljs.highlight(code, { language: name, ignoreIllegals: true });
  return spansSoFar;
}

const LAST_PART = new Map([
  ["variable.language", "built_in"],
  ["variable.constant", "literal"],
  ["char.escape", "char"],
  ["meta.prompt", "meta"],
]);

/** @param {string} scope */
function simpleScope(scope) {
  if (scope.startsWith("language:")) return "";
  const [first = "", second = ""] = scope.split(".");
  if (first === "title" && second) return second;
  return LAST_PART.get(scope) ?? first.split("-")[0] ?? "";
}
