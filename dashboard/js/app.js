// The page's composition root.

import { byId, element, replace } from "./dom.js";
import { t } from "./text/index.js";

replace(byId("main"), element("h1", { text: t("site.title") }));
