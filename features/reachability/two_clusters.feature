@model:certificate
Feature: A load balancer that leads to more than one cluster
  In proxy mode every connection must end at the same cluster. The first connection decides which one that is.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And another remote cluster like it
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario: Most new connections go to another cluster
    Given the load balancer spreads port 9300 over both remote clusters
    When the load balancer "closes" every connection on port 9300
    Then the local cluster connects again on port 9300 by itself
    And searching "partner:logs" finds 3 documents again
    And "partner" fails as "load-balancer-mixes-two-clusters"

  Scenario: All new connections go to another cluster
    Given the load balancer sends port 9300 to the other remote cluster
    When the load balancer "closes" every connection on port 9300
    Then "partner" fails as "load-balancer-leads-to-another-cluster"
