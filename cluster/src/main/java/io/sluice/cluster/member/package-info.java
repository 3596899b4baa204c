/**
 * Who is there: members found through Hazelcast, the hints they spread over the event bus, and how
 * a node decides which cluster it is of. Nothing here is the truth; nothing here is trusted.
 */
@NullMarked
package io.sluice.cluster.member;

import org.jspecify.annotations.NullMarked;
