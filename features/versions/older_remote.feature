@model:certificate @requires:remote-without-random-sampler
Feature: A remote version that is older than what is asked of it
  The transport protocols of two versions may go together, and the local one may yet know queries, aggregations and APIs of which the
  remote one has never heard. The local cluster takes the request, and the remote one cannot read it.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario: What both versions know
    When searches send
      """
      {"aggs": {"some": {"value_count": {"field": "_index"}}}}
      """
    Then searching "partner:logs" finds 3 documents

  Scenario: An aggregation that is newer than the remote version
    When searches send
      """
      {"aggs": {"some": {"random_sampler": {"probability": 0.5}}}}
      """
    Then searching "partner:logs" fails as "remote-lacks-an-api"
