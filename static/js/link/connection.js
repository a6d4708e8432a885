/** The page's one link to the server. */

import { Link } from "./link.js";

export const link = new Link(document.documentElement.dataset.workerUrl ?? "");
