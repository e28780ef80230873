do sleep(?);
