/**
 * Replication by Apache Ratis: the only package that knows it. What is replicated is behind {@link
 * io.sluice.metadata.raft.ReplicatedState}, how it is used is {@link
 * io.sluice.storage.MetadataStore}.
 */
@NullMarked
package io.sluice.metadata.raft;

import org.jspecify.annotations.NullMarked;
