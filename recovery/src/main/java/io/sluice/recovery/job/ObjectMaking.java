package io.sluice.recovery.job;

import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Part;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Makes objects of a backup: stores their chunks, and names them. Those in one piece are made some
 * at a time, those in parts one by one, in as many steps as they need. Any thread.
 */
final class ObjectMaking {
  private static final int OBJECTS_MAX = 32;

  private final ChunkCopies copies;
  private final RestoreChoice choice;
  private final RestoreFigures figures;
  private final ObjectImport objects;

  ObjectMaking(
      BackupGround on, RestoreReader reader, RestoreChoice choice, RestoreFigures figures) {
    this.copies = new ChunkCopies(on, reader);
    this.choice = choice;
    this.figures = figures;
    this.objects = new ObjectImport(on.metadata());
  }

  /** Makes the objects. */
  Uni<Void> make(List<ObjectImport.Wanted> wanted) {
    List<ObjectImport.Wanted> whole = wanted.stream().filter(each -> !each.isInParts()).toList();
    return copies
        .store(whole.stream().map(each -> each.then().getManifest().getWhole()).toList())
        .flatMap(stored -> commit(whole, stored))
        .chain(
            () ->
                Multi.createFrom()
                    .iterable(wanted)
                    .filter(ObjectImport.Wanted::isInParts)
                    .onItem()
                    .transformToUniAndConcatenate(this::inParts)
                    .onItem()
                    .ignoreAsUni());
  }

  private Uni<Void> commit(List<ObjectImport.Wanted> wanted, List<Map<ChunkId, ChunkId>> stored) {
    return Multi.createFrom()
        .items(IntStream.range(0, wanted.size()).boxed())
        .onItem()
        .transformToUni(index -> commit(wanted.get(index), stored.get(index)))
        .merge(OBJECTS_MAX)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> commit(ObjectImport.Wanted wanted, Map<ChunkId, ChunkId> stored) {
    Part part = wanted.then().getManifest().getWhole();
    Set<ChunkId> missing = ChunkCopies.needed(part);
    missing.removeAll(stored.keySet());
    return missing.isEmpty()
        ? objects.putWhole(wanted, stored).invoke(end -> count(wanted, end)).replaceWithVoid()
        : choice.damaged(wanted.item(), MissingChunkException.problem(missing.iterator().next()));
  }

  private Uni<Void> inParts(ObjectImport.Wanted wanted) {
    return new PartsImport(objects, copies, wanted)
        .run()
        .invoke(end -> count(wanted, end))
        .replaceWithVoid()
        .onFailure(MissingChunkException.class)
        .recoverWithUni(
            failure -> choice.damaged(wanted.item(), String.valueOf(failure.getMessage())));
  }

  private void count(ObjectImport.Wanted wanted, ObjectImport.End end) {
    switch (end) {
      case RESTORED -> {
        figures.restored.increment();
        figures.bytes.add(wanted.object().getSize());
      }
      case SAME -> figures.unchanged.increment();
      case LEFT -> figures.left.increment();
    }
  }
}
