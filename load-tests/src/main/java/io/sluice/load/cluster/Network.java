package io.sluice.load.cluster;

import java.io.IOException;
import java.util.List;

/** What lies between the nodes, and what can be done to it. Nodes are numbered from 1. */
public interface Network extends AutoCloseable {

  /** What it is, for the output of a run. */
  String describe();

  NodeAddress address(int node);

  /** What a node's command has to begin with to run at its place; often nothing. */
  List<String> commandPrefix(int node);

  /** Whether {@link #cut} and {@link #slow} work. */
  boolean canFail();

  /** From now on nothing that {@code from} sends reaches {@code to}; clients reach both. */
  void cut(int from, int to) throws IOException;

  /** Undoes every cut. */
  void mend() throws IOException;

  /**
   * Makes everything from and to a node slow.
   *
   * @return how, for the output
   */
  String slow(int node) throws IOException;

  /** Undoes {@link #slow}. */
  void quicken(int node) throws IOException;

  @Override
  void close() throws IOException;
}
