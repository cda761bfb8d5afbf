/** Pages and their addresses. Search parameters stay plain text here; `lib/scope` gives them meaning. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Frame } from "./components/Frame/Frame";
import { NotFound } from "./components/Frame/NotFound";
import { parseSearchText, type Search, searchText } from "./lib/scope";

function plainText(search: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}

const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  validateSearch: (search: Record<string, unknown>): Search => plainText(search),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/traffic/Overview/Overview"), "Overview"),
});

const flows = createRoute({
  getParentRoute: () => root,
  path: "/flows",
  component: lazyRouteComponent(() => import("./pages/traffic/Flows/Flows"), "Flows"),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: "/explore",
  component: lazyRouteComponent(() => import("./pages/traffic/Explore/Explore"), "Explore"),
});

const hosts = createRoute({
  getParentRoute: () => root,
  path: "/hosts",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Lists"), "Hosts"),
});

const host = createRoute({
  getParentRoute: () => root,
  path: "/hosts/$ip",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Pages"), "Host"),
});

const conversations = createRoute({
  getParentRoute: () => root,
  path: "/conversations",
  component: lazyRouteComponent(() => import("./pages/traffic/Conversations/Conversations"), "Conversations"),
});

const services = createRoute({
  getParentRoute: () => root,
  path: "/services",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Lists"), "Services"),
});

const service = createRoute({
  getParentRoute: () => root,
  path: "/services/$service",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Pages"), "Service"),
});

const geo = createRoute({
  getParentRoute: () => root,
  path: "/geo",
  component: lazyRouteComponent(() => import("./pages/traffic/Geo/Geo"), "Geo"),
});

const systems = createRoute({
  getParentRoute: () => root,
  path: "/as",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Lists"), "Systems"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/as/$asn",
  component: lazyRouteComponent(() => import("./pages/traffic/Entities/Pages"), "System"),
});

const attributes = createRoute({
  getParentRoute: () => root,
  path: "/attributes",
  component: lazyRouteComponent(() => import("./pages/traffic/Attributes/Attributes"), "Attributes"),
});

const attribute = createRoute({
  getParentRoute: () => root,
  path: "/attributes/$kind",
  component: lazyRouteComponent(() => import("./pages/traffic/Attributes/Attributes"), "Attributes"),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./pages/security/Alerts/Alerts"), "Alerts"),
});

const alert = createRoute({
  getParentRoute: () => root,
  path: "/alerts/$id",
  component: lazyRouteComponent(() => import("./pages/security/Alerts/Detail"), "Detail"),
});

const attack = createRoute({
  getParentRoute: () => root,
  path: "/attack",
  component: lazyRouteComponent(() => import("./pages/security/Attack/Attack"), "Attack"),
});

const rules = createRoute({
  getParentRoute: () => root,
  path: "/rules",
  component: lazyRouteComponent(() => import("./pages/security/Rules/Rules"), "Rules"),
});

const ruleEditor = createRoute({
  getParentRoute: () => root,
  path: "/rules/editor",
  component: lazyRouteComponent(() => import("./pages/security/Rules/Editor"), "Editor"),
});

const rule = createRoute({
  getParentRoute: () => root,
  path: "/rules/$id",
  component: lazyRouteComponent(() => import("./pages/security/Rules/Detail"), "Detail"),
});

const tail = createRoute({
  getParentRoute: () => root,
  path: "/tail",
  component: lazyRouteComponent(() => import("./pages/operations/Tail/Tail"), "Tail"),
});

const exporters = createRoute({
  getParentRoute: () => root,
  path: "/exporters",
  component: lazyRouteComponent(() => import("./pages/operations/Exporters/Exporters"), "Exporters"),
});

const interfaces = createRoute({
  getParentRoute: () => root,
  path: "/interfaces",
  component: lazyRouteComponent(() => import("./pages/operations/Interfaces/Interfaces"), "Interfaces"),
});

const oneInterface = createRoute({
  getParentRoute: () => root,
  path: "/interfaces/$exporter/$index",
  component: lazyRouteComponent(() => import("./pages/operations/Interfaces/Interface"), "Interface"),
});

const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("./pages/operations/Health/Health"), "Health"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    explore,
    flows,
    hosts,
    host,
    conversations,
    services,
    service,
    geo,
    systems,
    system,
    attributes,
    attribute,
    alerts,
    alert,
    attack,
    rules,
    ruleEditor,
    rule,
    tail,
    exporters,
    interfaces,
    oneInterface,
    health,
  ]),
  parseSearch: parseSearchText,
  stringifySearch: (search) => searchText(plainText(search)),
  defaultPreload: "intent",
  defaultStructuralSharing: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
