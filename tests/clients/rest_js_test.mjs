// SPDX-License-Identifier: Apache-2.0
//
// What programs with @esri/arcgis-rest-js do, against a running `rhumb serve` of the demo's trees,
// visits, streets and zones. usage: node rest_js_test.mjs <FeatureServer URL>
import assert from "node:assert/strict";
import {
  addAttachment, addFeatures, applyEdits, deleteAttachments, deleteFeatures,
  getAllLayersAndTables, getAttachments, getFeature, getLayer, getService, queryAllFeatures,
  queryFeatures, queryRelated, updateAttachment, updateFeatures,
} from "@esri/arcgis-rest-feature-service";
import { ArcGISRequestError, File, request } from "@esri/arcgis-rest-request";

const service = process.argv[2];
const trees = `${service}/0`;
const visits = `${service}/1`;
const treeCount = 1063;

async function check(what, act) {
  try {
    await act();
    console.log(`ok - ${what}`);
  } catch (error) {
    console.log(`NOT ok - ${what}\n${error.stack ?? error}`);
    if (error.response) console.log(JSON.stringify(error.response));
    process.exitCode = 1;
  }
}

const countOf = async (url, where) =>
  (await queryFeatures({ url, where, returnCountOnly: true })).count;
const point = (x, y) => ({ x, y, spatialReference: { wkid: 4326 } });

await check("the service and its layers describe themselves", async () => {
  const root = await getService({ url: service });
  assert.deepEqual(root.layers.map((layer) => layer.id), [0, 2, 3]);
  assert.deepEqual(root.tables.map((table) => table.id), [1]);
  const layer = await getLayer({ url: trees });
  assert.equal(layer.geometryType, "esriGeometryPoint");
  assert.ok(layer.fields.some((field) => field.name === layer.objectIdField));
  const all = await getAllLayersAndTables({ url: service });
  assert.equal(all.layers[0].name, layer.name);
  assert.equal(all.tables[0].relationships.length, 1);
});

await check("a query finds features by attribute and by area", async () => {
  const maples = await queryFeatures({
    url: trees, where: "common_name LIKE '%Maple%'", outFields: ["species", "common_name"],
  });
  assert.ok(maples.features.length > 5);
  assert.ok(maples.features.every((tree) => tree.attributes.common_name.includes("Maple")));
  const near = await queryFeatures({
    url: trees, geometry: { xmin: -122.41, ymin: 37.74, xmax: -122.4, ymax: 37.76,
                            spatialReference: { wkid: 4326 } },
    geometryType: "esriGeometryEnvelope", spatialRel: "esriSpatialRelIntersects", outSR: 3857,
  });
  assert.ok(near.features.length > 0 && near.features.length < treeCount);
  assert.equal(near.spatialReference.latestWkid, 3857);
});

await check("page after page, every feature comes once", async () => {
  const all = await queryAllFeatures({ url: trees, params: { resultRecordCount: 100 } });
  assert.equal(all.features.length, treeCount);
  const ids = new Set(all.features.map((tree) => tree.attributes.OBJECTID));
  assert.equal(ids.size, treeCount);
  assert.equal((await queryAllFeatures({ url: trees })).features.length, treeCount);
});

/// All numbers of a shape, in their order.
const numbersOf = (shape) => JSON.stringify(shape).match(/-?\d+(\.\d+)?(e-\d+)?/g).map(Number);
function assertNear(found, wanted) {
  assert.equal(found.length, wanted.length);
  found.forEach((number, i) => assert.ok(Math.abs(number - wanted[i]) < 1e-9));
}

await check("protocol buffers hold what JSON holds", async () => {
  for (const id of [0, 2, 3]) {
    const url = `${service}/${id}`;
    const json = await queryFeatures({ url, outFields: "*" });
    const pbf = await queryFeatures({
      url, params: { where: "1=1", outFields: "*", f: "pbf-as-arcgis" },
    });
    assert.equal(pbf.features.length, json.features.length);
    assert.equal(pbf.geometryType, json.geometryType);
    assert.deepEqual(pbf.fields.map(({ name, type, alias }) => ({ name, type, alias })),
                     json.fields.map(({ name, type, alias }) => ({ name, type, alias })));
    json.features.forEach((feature, i) => {
      assert.deepEqual(pbf.features[i].attributes, feature.attributes);
      assertNear(numbersOf(pbf.features[i].geometry), numbersOf(feature.geometry));
    });
  }
});

await check("protocol buffers become GeoJSON, page after page", async () => {
  for (const id of [0, 2, 3]) {
    const url = `${service}/${id}`;
    const geojson = await queryFeatures({ url, outFields: "*", f: "geojson" });
    const pbf = await queryAllFeatures({
      url, outFields: "*", params: { f: "pbf-as-geojson", resultRecordCount: 100 },
    });
    assert.equal(pbf.features.length, geojson.features.length);
    geojson.features.forEach((feature, i) => {
      assert.equal(pbf.features[i].id, feature.id);
      assert.deepEqual(pbf.features[i].properties, feature.properties);
    });
    // Rings turn the other way in what this client makes of them, so their sums are compared.
    const sum = (features) => features.flatMap((feature) => numbersOf(feature.geometry.coordinates))
      .reduce((total, number) => total + number, 0);
    assert.ok(Math.abs(sum(pbf.features) - sum(geojson.features)) < 1e-4);
  }
});

await check("a wrong question in protocol buffers is an error, too", async () => {
  await assert.rejects(
    queryFeatures({ url: trees, params: { where: "no_such_field = 1", f: "pbf-as-geojson" } }),
    (error) => error instanceof ArcGISRequestError && error.code === 400);
});

await check("a feature with an apostrophe and a long filter is found by POST", async () => {
  const where = "species = 'it''s' OR " + Array.from({ length: 300 }, (_, i) => `tree_id = ${i}`)
    .join(" OR ");
  assert.equal(typeof (await countOf(trees, where)), "number");
});

await check("statistics are counted by the service", async () => {
  const answer = await queryFeatures({
    url: trees,
    outStatistics: [{ statisticType: "count", onStatisticField: "OBJECTID",
                      outStatisticFieldName: "n" }],
    groupByFieldsForStatistics: "species", orderByFields: "n DESC",
  });
  const sum = answer.features.reduce((total, group) => total + group.attributes.n, 0);
  assert.equal(sum, treeCount);
});

await check("features are added, changed and deleted", async () => {
  const added = await addFeatures({
    url: trees,
    features: [{ geometry: point(-122.4, 37.75), attributes: { species: "Test", tree_id: -1 } },
               { geometry: point(-122.4, 37.76), attributes: { species: "Test" } }],
  });
  assert.ok(added.addResults.every((result) => result.success && result.globalId));
  const id = added.addResults[0].objectId;
  const changed = await updateFeatures({
    url: trees, features: [{ attributes: { OBJECTID: id, species: "Ti>st & ö" } }],
  });
  assert.ok(changed.updateResults[0].success);
  const tree = await getFeature({ url: trees, id });
  assert.equal(tree.attributes.species, "Ti>st & ö");
  assert.equal(tree.attributes.tree_id, -1);
  assert.ok(Math.abs(tree.geometry.x + 122.4) < 1e-9);
  const gone = await deleteFeatures({
    url: trees, objectIds: added.addResults.map((result) => result.objectId),
  });
  assert.ok(gone.deleteResults.every((result) => result.success));
  assert.equal(await countOf(trees, "1=1"), treeCount);
});

await check("applyEdits takes all kinds of edits at once, by GlobalID too", async () => {
  const globalId = "{0B2A3F60-6D2E-4B7F-9B0E-1F7B6C1D2E3F}";
  const first = await applyEdits({
    url: trees, useGlobalIds: true,
    adds: [{ geometry: point(-122.41, 37.75),
             attributes: { global_id: globalId, species: "Quercus" } }],
  });
  assert.equal(first.addResults[0].globalId.toUpperCase(), globalId);
  const then = await applyEdits({
    url: trees, useGlobalIds: true,
    updates: [{ attributes: { global_id: globalId, species: "Ulmus" } }],
  });
  assert.ok(then.updateResults[0].success);
  assert.equal(await countOf(trees, "species = 'Ulmus' AND tree_id IS NULL"), 1);
  const last = await applyEdits({ url: trees, useGlobalIds: true, deletes: [globalId] });
  assert.ok(last.deleteResults[0].success);
  assert.equal(await countOf(trees, "1=1"), treeCount);
});

await check("an edit that cannot be is refused, row and reason named", async () => {
  let failure;
  try {
    const answer = await updateFeatures({
      url: trees, features: [{ attributes: { OBJECTID: 99999999, species: "x" } }],
    });
    failure = answer.updateResults[0].error;
  } catch (error) {
    assert.ok(error instanceof ArcGISRequestError);
    failure = error.response.error;
  }
  assert.ok(failure && failure.code);
});

await check("photos are attached, listed, replaced and deleted", async () => {
  const bytes = Buffer.from("not really a photo ✓");
  const added = await addAttachment({
    url: trees, featureId: 1, attachment: new File([bytes], "hö.jpg", { type: "image/jpeg" }),
  });
  assert.ok(added.addAttachmentResult.success);
  const attachmentId = added.addAttachmentResult.objectId;
  const listed = await getAttachments({ url: trees, featureId: 1 });
  assert.equal(listed.attachmentInfos[0].name, "hö.jpg");
  assert.equal(listed.attachmentInfos[0].size, bytes.length);
  const fetched = await fetch(`${trees}/1/attachments/${attachmentId}`);
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), bytes);
  assert.equal(fetched.headers.get("access-control-allow-origin"), "*");
  const replaced = await updateAttachment({
    url: trees, featureId: 1, attachmentId,
    attachment: new File(["two"], "two.png", { type: "image/png" }),
  });
  assert.ok(replaced.updateAttachmentResult.success);
  const found = await request(`${trees}/queryAttachments`, { params: { objectIds: [1] } });
  assert.equal(found.attachmentGroups[0].attachmentInfos[0].name, "two.png");
  const gone = await deleteAttachments({ url: trees, featureId: 1, attachmentIds: [attachmentId] });
  assert.ok(gone.deleteAttachmentResults[0].success);
});

await check("the visits of a tree are found", async () => {
  const answer = await queryRelated({ url: trees, objectIds: [1, 2], relationshipId: 0 });
  assert.ok(answer.relatedRecordGroups.length > 0);
  const [group] = answer.relatedRecordGroups;
  assert.ok([1, 2].includes(group.objectId));
  assert.ok("visit_date" in group.relatedRecords[0].attributes);
  assert.ok((await countOf(visits, "1=1")) > 0);
});

await check("a wrong question is an error and no empty answer", async () => {
  for (const where of ["no_such_field = 1", "species = 'x", "1=1; DROP TABLE trees"]) {
    await assert.rejects(queryFeatures({ url: trees, where }), ArcGISRequestError);
  }
  await assert.rejects(getFeature({ url: trees, id: 99999999 }), ArcGISRequestError);
  await assert.rejects(getLayer({ url: `${service}/7` }), ArcGISRequestError);
});
