package io.sluice.recovery.backup.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ShardPosition;
import java.util.ArrayList;
import java.util.List;

/** Fields of files of JSON that must be there; what can't be used is an illegal argument. */
public final class JsonFields {
  private JsonFields() {}

  /**
   * A text.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static String text(JsonNode json, String field) {
    if (!json.path(field).isTextual()) {
      throw wrong(field);
    }
    return json.path(field).asText();
  }

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static long number(JsonNode json, String field) {
    if (!json.path(field).isIntegralNumber() || !json.path(field).canConvertToLong()) {
      throw wrong(field);
    }
    return json.path(field).asLong();
  }

  /** For people: that a field is not as it should be. */
  public static IllegalArgumentException wrong(String field) {
    return new IllegalArgumentException("no usable field " + field);
  }

  /** Adds positions in the logs of shards. */
  public static void putPositions(ArrayNode array, List<ShardPosition> positions) {
    for (ShardPosition position : positions) {
      array
          .addObject()
          .put("shard", position.getShard())
          .put("epoch", position.getPosition().getEpoch())
          .put("index", position.getPosition().getIndex());
    }
  }

  /**
   * Positions in the logs of shards; none of what is not there.
   *
   * @throws IllegalArgumentException when one is not as it should be
   */
  public static List<ShardPosition> positions(JsonNode array) {
    List<ShardPosition> positions = new ArrayList<>();
    for (JsonNode each : array) {
      LogPosition.Builder position =
          LogPosition.newBuilder()
              .setEpoch((int) number(each, "epoch"))
              .setIndex(number(each, "index"));
      positions.add(
          ShardPosition.newBuilder()
              .setShard((int) number(each, "shard"))
              .setPosition(position)
              .build());
    }
    return positions;
  }
}
