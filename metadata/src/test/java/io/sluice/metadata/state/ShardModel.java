package io.sluice.metadata.state;

import com.google.protobuf.ByteString;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.CopyObject;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.WriteCondition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a shard should do, written as simply as can be: maps, and no sharing of anything. */
final class ShardModel {
  static final RefusalCode DONE = RefusalCode.REFUSAL_UNSPECIFIED;

  /** An object or part: its chunks, or its inline bytes. */
  record Body(String etag, List<ByteString> chunks, ByteString inline) {}

  record Upload(String key, Map<Integer, Body> parts) {}

  final Map<String, Body> objects = new TreeMap<>();
  final Map<String, Upload> uploads = new HashMap<>();
  final Set<ByteString> everNamed = new HashSet<>();
  final Set<ByteString> forgotten = new HashSet<>();
  private long horizonMs;

  /** Chunks that objects and uploads under way consist of. */
  Set<ByteString> live() {
    Set<ByteString> live = new HashSet<>();
    objects.values().forEach(body -> live.addAll(body.chunks));
    uploads.values().forEach(u -> u.parts.values().forEach(body -> live.addAll(body.chunks)));
    return live;
  }

  /** Chunks that wait to be collected. */
  Set<ByteString> garbage() {
    Set<ByteString> garbage = new HashSet<>(everNamed);
    garbage.removeAll(live());
    garbage.removeAll(forgotten);
    return garbage;
  }

  /** What becomes of a command: how it is refused, or DONE. */
  RefusalCode apply(Command command) {
    return switch (command.getBodyCase()) {
      case PUT_OBJECT -> put(command.getPutObject());
      case COPY_OBJECT -> copy(command.getCopyObject());
      case DELETE_OBJECT -> delete(command.getDeleteObject());
      case DELETE_OBJECTS -> {
        command.getDeleteObjects().getObjectsList().forEach(this::delete);
        yield DONE;
      }
      case CREATE_UPLOAD -> {
        var upload = command.getCreateUpload().getUpload();
        uploads.put(upload.getUploadId(), new Upload(upload.getKey(), new TreeMap<>()));
        yield DONE;
      }
      case PUT_PART -> putPart(command.getPutPart());
      case COMPLETE_UPLOAD -> complete(command.getCompleteUpload());
      case ABORT_UPLOAD ->
          uploads.remove(command.getAbortUpload().getUploadId()) == null
              ? RefusalCode.NO_SUCH_UPLOAD
              : DONE;
      case RAISE_ORPHAN_HORIZON -> {
        horizonMs = Math.max(horizonMs, command.getRaiseOrphanHorizon().getHorizonMs());
        yield DONE;
      }
      default -> throw new AssertionError(command);
    };
  }

  private RefusalCode put(PutObject put) {
    String key = put.getKey().toStringUtf8();
    RefusalCode refusal = condition(put.getCondition(), objects.get(key));
    if (refusal == DONE) {
      refusal = name(put.getPart());
    }
    if (refusal == DONE) {
      objects.put(key, body(put.getPart(), put.getInlineData()));
    }
    return refusal;
  }

  private RefusalCode copy(CopyObject copy) {
    Body source = objects.get(copy.getSourceKey().toStringUtf8());
    if (source == null) {
      return RefusalCode.NO_SUCH_KEY;
    }
    String key = copy.getKey().toStringUtf8();
    RefusalCode refusal = condition(copy.getCondition(), objects.get(key));
    if (refusal == DONE) {
      objects.put(key, source);
    }
    return refusal;
  }

  private RefusalCode delete(DeleteObject delete) {
    String key = delete.getKey().toStringUtf8();
    Body current = objects.get(key);
    RefusalCode refusal = current == null ? DONE : condition(delete.getCondition(), current);
    if (refusal == DONE) {
      objects.remove(key);
    }
    return refusal;
  }

  private RefusalCode putPart(PutPart put) {
    Upload upload = uploads.get(put.getUploadId());
    if (upload == null) {
      return RefusalCode.NO_SUCH_UPLOAD;
    }
    RefusalCode refusal = name(put.getPart());
    if (refusal == DONE) {
      upload.parts.put(put.getNumber(), body(put.getPart(), put.getInlineData()));
    }
    return refusal;
  }

  private RefusalCode complete(CompleteUpload complete) {
    Upload upload = uploads.get(complete.getUploadId());
    if (upload == null) {
      return RefusalCode.NO_SUCH_UPLOAD;
    }
    RefusalCode refusal = condition(complete.getCondition(), objects.get(upload.key));
    if (refusal != DONE) {
      return refusal;
    }
    List<ByteString> chunks = new ArrayList<>();
    ByteString md5s = ByteString.EMPTY;
    for (ClientPart part : complete.getPartsList()) {
      Body body = upload.parts.get(part.getNumber());
      if (body == null || !body.etag.equals(part.getEtag())) {
        return RefusalCode.INVALID_PART;
      }
      chunks.addAll(body.chunks);
      md5s = md5s.concat(ByteString.fromHex(part.getEtag()));
    }
    String etag = Commands.hex(Commands.md5(md5s)) + "-" + complete.getPartsCount();
    objects.put(upload.key, new Body(etag, chunks, ByteString.EMPTY));
    uploads.remove(complete.getUploadId());
    return DONE;
  }

  private static RefusalCode condition(WriteCondition condition, Body current) {
    if (condition.getIfAbsent() && current != null) {
      return RefusalCode.PRECONDITION_FAILED;
    }
    if (condition.getIfMatchCount() == 0) {
      return DONE;
    }
    if (current == null) {
      return RefusalCode.NO_SUCH_KEY;
    }
    List<String> etags = condition.getIfMatchList();
    return etags.contains("*") || etags.contains(current.etag)
        ? DONE
        : RefusalCode.PRECONDITION_FAILED;
  }

  private RefusalCode name(Part part) {
    Collection<ByteString> chunks =
        part.getSlicesList().stream().map(ChunkSlice::getChunkId).toList();
    for (ByteString chunk : chunks) {
      if (everNamed.contains(chunk) && !forgotten.contains(chunk)) {
        return RefusalCode.INVALID_ARGUMENT;
      }
      if (ChunkId.from(chunk).stampMs() < horizonMs) {
        return RefusalCode.CHUNK_BELOW_HORIZON;
      }
    }
    everNamed.addAll(chunks);
    forgotten.removeAll(chunks);
    return DONE;
  }

  private static Body body(Part part, ByteString inline) {
    return new Body(
        Commands.hex(part.getMd5()),
        part.getSlicesList().stream().map(ChunkSlice::getChunkId).toList(),
        inline);
  }
}
