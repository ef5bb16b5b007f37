@existing
Feature: A connection that the local cluster has already
  Somebody has connected two clusters. Nothing of the connection is changed: it is looked at, and searched for documents
  that are put on the remote cluster for that.

  Background:
    Given the local cluster has connected to the remote one as "partner"

  Scenario: It is connected
    Then "partner" is connected

  Scenario: It leads to the remote cluster
    Given "logs" on the remote cluster holds 3 documents
    And the credentials of "partner" give access to "logs"
    Then searching "partner:logs" finds 3 documents

  Scenario: An index behind it is resolved
    Given "logs" on the remote cluster holds 3 documents
    And the credentials of "partner" give access to "logs"
    Then resolving "partner:logs" shows it connected
