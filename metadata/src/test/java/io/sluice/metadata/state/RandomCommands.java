package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.MIB;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.WriteCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands that collide often: few keys, few uploads, conditions, retries of the same chunks. */
final class RandomCommands {
  private final Random random;
  private final ShardModel model;
  private final Shard shard;
  private final List<ByteString> chunks = new ArrayList<>();
  private int uploads;
  private long chunkNumber;

  RandomCommands(long seed, ShardModel model, Shard shard) {
    this.random = new Random(seed);
    this.model = model;
    this.shard = shard;
  }

  boolean chance(int in) {
    return random.nextInt(in) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  Command.Builder next() {
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> put(Commands.chunked(MIB * 2, chunk(), chunk()), ByteString.EMPTY);
      case 3, 4 -> {
        ByteString data = ByteString.copyFromUtf8("text " + random.nextInt(3));
        yield put(Commands.inline(data), data);
      }
      case 5, 6 -> Commands.copyObject(Commands.copy(key(), key()).setCondition(condition()));
      case 7 -> Commands.delete(key());
      case 8 -> {
        List<DeleteObject> all = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          all.add(Commands.deletion(key()).setCondition(ifMatch()).build());
        }
        yield Commands.deleteAll(all);
      }
      case 9 -> {
        String key = key();
        yield Commands.createUpload(key, ++uploads + "-" + key);
      }
      case 10, 11 -> {
        String id = uploadId();
        yield Commands.putPart(
            keyOf(id), id, 1 + random.nextInt(4), Commands.chunked(5 * MIB, chunk()));
      }
      case 12 -> {
        String id = uploadId();
        var completion = Commands.completion(keyOf(id), id, listed(id)).setCondition(condition());
        yield Commands.complete(completion);
      }
      default -> {
        String id = uploadId();
        yield chance(2)
            ? Commands.abort(keyOf(id), id)
            : Commands.raiseHorizon(shard.nowMs() - random.nextInt(60));
      }
    };
  }

  private Command.Builder put(Part part, ByteString inline) {
    return Commands.putObject(
        Commands.put(key(), part).setInlineData(inline).setCondition(condition()));
  }

  private String key() {
    return "k" + random.nextInt(5);
  }

  private String uploadId() {
    List<String> ids = new ArrayList<>(model.uploads.keySet());
    return ids.isEmpty() || chance(10) ? "none-k1" : ids.get(random.nextInt(ids.size()));
  }

  private static String keyOf(String uploadId) {
    return uploadId.substring(uploadId.indexOf('-') + 1);
  }

  private ClientPart[] listed(String uploadId) {
    List<ClientPart> parts = new ArrayList<>();
    ShardModel.Upload upload = model.uploads.get(uploadId);
    if (upload != null) {
      upload
          .parts()
          .forEach(
              (number, body) -> {
                if (!chance(4)) {
                  parts.add(
                      ClientPart.newBuilder()
                          .setNumber(number)
                          .setEtag(chance(15) ? "00" : body.etag())
                          .build());
                }
              });
    }
    if (parts.isEmpty()) {
      parts.add(ClientPart.newBuilder().setNumber(9).setEtag("00").build());
    }
    return parts.toArray(new ClientPart[0]);
  }

  private ByteString chunk() {
    if (!chunks.isEmpty() && chance(12)) {
      return chunks.get(random.nextInt(chunks.size()));
    }
    ByteString chunk = Commands.chunk(shard.nowMs() - random.nextInt(20), ++chunkNumber);
    chunks.add(chunk);
    return chunk;
  }

  private WriteCondition condition() {
    return chance(5) ? Commands.ifAbsent() : ifMatch();
  }

  private WriteCondition ifMatch() {
    if (!chance(4)) {
      return WriteCondition.getDefaultInstance();
    }
    List<ShardModel.Body> bodies = new ArrayList<>(model.objects.values());
    return bodies.isEmpty() || chance(3)
        ? Commands.ifMatch("*")
        : Commands.ifMatch(bodies.get(random.nextInt(bodies.size())).etag());
  }
}
